//! Tests of the whole: nothing here is imported by a part.
//!
//! `tidy` checks the house rules. The tests that start a real server, real agents and real
//! browsers are in `flow`, `browser` and `judges`, and are run by `deploy/test.sh`.
