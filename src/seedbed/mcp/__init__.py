"""The Model Context Protocol: tools by which assistants draw, over stdio and over HTTP."""
