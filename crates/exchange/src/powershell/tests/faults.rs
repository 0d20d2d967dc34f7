//! Errors say what is wrong and point at the place.

use super::*;

/// `(arguments, message, argument index, column)`.
#[test]
fn errors_have_a_message_and_a_place() {
    let table: [(&[&str], &str, usize, usize); 16] = [
        (&["-Identity", "a", "-Nope", "1"], "there is no parameter -Nope", 2, 0),
        (&["-A"], "-A may stand for -Archive, -AuditEnabled", 0, 0),
        (&["-Archive", "-arch"], "-Archive is given more than once", 1, 0),
        (&["-EmailAddresses", "@{Add='x'"], "the hashtable that begins here does not end", 1, 0),
        (&["-EmailAddresses", "@{Add='x"], "the string that begins here does not end", 1, 6),
        (&["-EmailAddresses", "@{Add}"], "= is missing here", 1, 5),
        (&["-EmailAddresses", "@{Add=}"], "a value is missing here", 1, 6),
        (&["-EmailAddresses", "@{=1}"], "a key is missing here", 1, 2),
        (&["-EmailAddresses", "@{Add='x' Remove='y'}"], "a semicolon or } is missing here", 1, 10),
        (
            &["-EmailAddresses", "@{Add='x';add='y'}"],
            "the hashtable has the key \"add\" more than once",
            1,
            10,
        ),
        (&["-EmailAddresses", "@('a'", "'b')"], "a comma or ) is missing here", 2, 0),
        (&["-EmailAddresses", "'a' b"], "there is text after the end of the value", 1, 4),
        (&["-EmailAddresses", "a,"], "a value is missing here", 1, 2),
        (&["-EmailAddresses:@{A=$x}"], "there is no variable $x", 0, 20),
        (
            &["-EndDate", "[datetime]'13/13/2026'"],
            "\"13/13/2026\" is not a date such as 2026-12-31 or 12/31/2026 3:00 PM",
            1,
            10,
        ),
        (&["-Archive:maybe"], "-Archive takes $true or $false", 0, 9),
    ];
    for (arguments, message, argument, column) in table {
        let error = parse_with(Some(&known()), arguments).unwrap_err();
        let found = (error.to_string(), error.place.argument, error.place.column);
        assert_eq!(found, (message.to_owned(), argument, column), "{arguments:?}");
    }
}

#[test]
fn the_place_is_shown_with_a_caret() {
    let error =
        parse_with(Some(&known()), &["-EmailAddresses", "@{Add='x';", "Remove=}"]).unwrap_err();
    assert_eq!(
        error.pointer(),
        "-EmailAddresses @{Add='x'; Remove=}\n                                  ^"
    );
    assert_eq!((error.place.argument, error.place.column), (2, 7));
}

#[test]
fn a_long_value_is_shown_around_the_place() {
    let long = format!("@{{{}=}}", "k".repeat(300));
    let error = parse_with(Some(&known()), &["-EmailAddresses", &long]).unwrap_err();
    let pointer = error.pointer();
    assert!(pointer.lines().all(|line| line.chars().count() <= 120), "{pointer}");
    let (text, caret) = pointer.split_once('\n').unwrap();
    assert_eq!(text.chars().nth(caret.chars().count() - 1), Some('}'));
}

#[test]
fn a_secret_on_the_command_line_is_refused_and_not_repeated() {
    for parameters in [None, Some(known())] {
        for value in ["hunter2", "@{a='hunter2'}", "'hunter2"] {
            let error = parse_with(parameters.as_deref(), &["-Password", value]).unwrap_err();
            let said = format!("{error}\n{}\n{:?}\n{error:?}", error.pointer(), error.help());
            assert!(matches!(*error.kind, Fault::SecretOnCommandLine { .. }));
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}

#[test]
fn nesting_and_length_have_limits() {
    let deep = format!("{}1{}", "@{a=".repeat(40), "}".repeat(40));
    assert!(value(&[&deep]).starts_with("error: values are nested more than 32"));
    let brackets = format!("({}'a'", "(".repeat(100_000));
    assert!(value(&[&brackets]).starts_with("error: "));
    let brackets = format!("{}(Get-Date)", "(".repeat(100_000));
    assert!(value(&[&brackets]).starts_with("error: values are nested"));
    let long = "x".repeat((1 << 20) + 1);
    assert!(value(&[&long]).starts_with("error: the value is longer than 1048576 bytes"));
}

/// Found by fuzzing: a dash that begins no parameter was taken for one without end.
#[test]
fn a_dash_after_a_command_is_an_argument_and_not_a_parameter() {
    for text in ["(Get-Date -5)", "(Get-Date -)", "(Get-Date 0.AddDays-C;onf(-i-5:$fal)"] {
        assert!(parse_with(Some(&known()), &["-EndDate", text]).is_err(), "{text}");
    }
}

/// Found by fuzzing: the escape's end was looked for beyond the end of the text.
#[test]
fn a_character_escape_without_an_end_is_text() {
    let line = parse_with(None, &["-r", "\"`u{a5\""]).unwrap();
    assert!(
        matches!(line.parameters.find("r"), Some(ParameterValue::String(text)) if text == "u{a5")
    );
}
