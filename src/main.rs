//! Reads the command line, runs a command; nothing else.

fn main() -> std::process::ExitCode {
    cutover::cli::main()
}
