"""The responder's link and the inbox."""
