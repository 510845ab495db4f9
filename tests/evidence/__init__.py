"""Tests of app/evidence."""
