//! The `zhida` command.

fn main() -> std::process::ExitCode {
    zhida::main()
}
