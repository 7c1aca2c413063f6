//! Placeholder root, replaced by the part itself.
