#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cutover::fuzzing::werkzeug::matcher(data));
