"""The Streamlit dashboard: browse feature maps, take a self-test, watch the comparison."""
