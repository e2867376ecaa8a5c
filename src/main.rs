//! The program. Everything it does stands in the library.

fn main() -> std::process::ExitCode {
    madoguchi::cli::run()
}
