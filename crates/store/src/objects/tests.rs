//! Against scripted answers of the services.
