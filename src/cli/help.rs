//! Help in both languages, completions and the man page, all from the one definition. The
//! Japanese texts stand in `assets/texts/help.toml`, by the path of the command.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;
use serde_json::json;

use super::args::Cli;
use super::{Done, Failure};
use crate::texts::Lang;

const HELP: &str = include_str!("../../assets/texts/help.toml");

/// The Japanese texts by path: `case.open`, `case.open--number`.
fn japanese() -> HashMap<String, String> {
    toml::from_str(HELP).unwrap_or_default()
}

/// The language the words on the command line ask for, else that of the environment.
pub fn lang_of(asked: &[OsString]) -> Lang {
    let words: Vec<&str> = asked.iter().filter_map(|word| word.to_str()).collect();
    let named = words.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1]);
    let named = named.or_else(|| words.iter().find_map(|word| word.strip_prefix("--lang=")));
    if let Some(Ok(lang)) = named.map(str::parse) {
        return lang;
    }
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    Lang::from_env_value(&set.unwrap_or_default())
}

/// The definition with its help in the language.
pub fn localized(command: clap::Command, lang: Lang) -> clap::Command {
    match lang {
        Lang::En => command,
        Lang::Ja => translated(command, "", &japanese()),
    }
}

fn translated(
    mut command: clap::Command,
    path: &str,
    texts: &HashMap<String, String>,
) -> clap::Command {
    let own = if path.is_empty() { "madoguchi" } else { path };
    if let Some(text) = texts.get(own) {
        command = command.about(text.clone());
    }
    command = command.mut_args(|arg| {
        let key = format!("{path}--{}", arg.get_id());
        let text = texts.get(&key).or_else(|| texts.get(&format!("--{}", arg.get_id())));
        match text {
            Some(text) => arg.help(text.clone()),
            None => arg,
        }
    });
    command.mut_subcommands(|sub| {
        let below = match path {
            "" => sub.get_name().to_owned(),
            path => format!("{path}.{}", sub.get_name()),
        };
        translated(sub, &below, texts)
    })
}

/// Words that cannot be read: what was wrong, and exit status 2. Help and version are
/// no errors.
pub fn usage(error: &clap::Error, json: bool) -> ExitCode {
    use clap::error::ErrorKind;
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !asked {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        let error = json!({"error": {"code": "USAGE", "message": first}});
        let _ = writeln!(std::io::stdout(), "{error}");
    }
    let _ = error.print();
    if asked { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// `completions SHELL`.
pub fn completions(shell: clap_complete::Shell) -> Done {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "madoguchi", &mut text);
    let _ = std::io::stdout().write_all(&text);
    Ok(())
}

/// `man`.
pub fn man() -> Done {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(|_| Failure::Said(1))?;
    let _ = std::io::stdout().write_all(&text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(command: &clap::Command, path: &str, found: &mut Vec<String>) {
        found.push(if path.is_empty() { "madoguchi".to_owned() } else { path.to_owned() });
        for arg in command.get_arguments().filter(|arg| !arg.is_global_set() || path.is_empty()) {
            if arg.get_id() != "help" {
                found.push(format!("{path}--{}", arg.get_id()));
            }
        }
        for sub in command.get_subcommands() {
            let below = match path {
                "" => sub.get_name().to_owned(),
                path => format!("{path}.{}", sub.get_name()),
            };
            paths(sub, &below, found);
        }
    }

    #[test]
    fn every_command_and_argument_has_its_japanese_help_and_no_text_is_left_over() {
        let texts = japanese();
        let mut found = Vec::new();
        paths(&Cli::command(), "", &mut found);
        let short = |key: &str| key.find("--").map(|at| key[at..].to_owned());
        let missing: Vec<&String> = found
            .iter()
            .filter(|key| !texts.contains_key(*key))
            .filter(|key| short(key).is_none_or(|short| !texts.contains_key(&short)))
            .collect();
        assert!(missing.is_empty(), "no Japanese help for {missing:?}");
        let odd: Vec<&String> = texts
            .keys()
            .filter(|key| !found.contains(key))
            .filter(|key| !found.iter().any(|path| short(path).as_ref() == Some(*key)))
            .collect();
        assert!(odd.is_empty(), "help for nothing: {odd:?}");
    }

    #[test]
    fn the_definition_is_sound_in_both_languages() {
        localized(Cli::command(), Lang::Ja).debug_assert();
        localized(Cli::command(), Lang::En).debug_assert();
    }
}
