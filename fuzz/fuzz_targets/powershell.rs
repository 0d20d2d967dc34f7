//! A cmdlet's arguments as a shell passes them: parameters, or an error that names the place.

#![no_main]

use exoctl_exchange::powershell::{Evaluation, Syntax, parse};
use exoctl_model::ManualClock;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    // One argument a line, so that a corpus can be written by hand.
    let arguments: Vec<String> = line.split('\n').map(str::to_owned).collect();
    let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
    let syntax = Syntax::new(Evaluation::new(&clock));
    if let Err(error) = parse(&arguments, &syntax) {
        assert!(!error.to_string().is_empty());
    }
});
