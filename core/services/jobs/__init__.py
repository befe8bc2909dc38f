"""Work as it is offered, said and asked for as a command."""
