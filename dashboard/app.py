"""The dashboard as an ASGI app: `streamlit run dashboard/app.py`, or `exemplary app`. Pages: script/main.py; HTTP routes: routes.py."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.access_routes import StreamlitGuard
from dashboard.routes import ROUTES, lifespan

app = st.App(Path(__file__).parent / "script" / "main.py", routes=ROUTES, middleware=[Middleware(StreamlitGuard)], lifespan=lifespan)
