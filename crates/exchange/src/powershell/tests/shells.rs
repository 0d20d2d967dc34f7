//! What bash, PowerShell and cmd make of a line before exoctl sees it.

use super::*;

/// bash: `-Confirm:$false` without quotes arrives as `-Confirm:`.
#[test]
fn an_unquoted_constant_in_bash_is_missed_and_not_taken_for_true() {
    for arguments in
        [&["-Confirm:"][..], &["-AuditEnabled"], &["-Archive:"], &["-AuditEnabled", "-Archive"]]
    {
        let error = parse_with(Some(&known()), arguments).unwrap_err();
        assert!(matches!(*error.kind, Fault::MissingValue { .. }), "{arguments:?}: {error}");
        assert!(error.help().unwrap().contains("single quotes"));
    }
}

/// PowerShell passes `-Confirm:$false` as `-Confirm:False` and `$true` as `True`.
#[test]
fn constants_that_powershell_evaluated_are_understood() {
    assert_eq!(typed("Confirm", &["False"]), "error: the value \"False\" belongs to no parameter");
    let line = parse_with(Some(&known()), &["-Confirm:False", "-AuditEnabled", "True"]).unwrap();
    assert_eq!(line.common.confirm, Some(false));
    assert!(matches!(line.parameters.find("AuditEnabled"), Some(ParameterValue::Bool(true))));
    let line = parse_with(Some(&known()), &["-Confirm:", "False"]).unwrap();
    assert_eq!(line.common.confirm, Some(false));
}

/// PowerShell passes a hashtable as the name of its type.
#[test]
fn objects_that_powershell_evaluated_are_refused() {
    let error = parse_with(None, &["-EmailAddresses", "System.Collections.Hashtable"]).unwrap_err();
    assert!(matches!(*error.kind, Fault::EvaluatedByPowerShell { .. }));
}

/// bash expands `@{Add=a,b}` to `@Add=a @b`.
#[test]
fn braces_that_bash_expanded_are_refused() {
    let error = parse_with(None, &["-EmailAddresses", "@Add=a", "@b"]).unwrap_err();
    assert!(matches!(*error.kind, Fault::BracesExpanded));
    assert_eq!(value(&["@contoso.com"]), "'@contoso.com'");
}

/// PowerShell splits `@('a','b')` into two arguments for a program.
#[test]
fn a_list_that_was_split_is_not_taken_for_an_identity() {
    let error = parse_with(Some(&known()), &["-Languages", "de", "en"]).unwrap_err();
    assert!(matches!(*error.kind, Fault::StrayValue { .. }));
    assert_eq!(error.place.argument, 2);
}

/// The shell's quotes are gone; white space after the comma says that there were some.
#[test]
fn text_that_was_quoted_in_the_shell_stays_whole() {
    assert_eq!(value(&["Vance, Adele"]), "'Vance, Adele'");
    assert_eq!(value(&["Adele Vance,Bob X"]), "@('Adele Vance','Bob X')");
    assert_eq!(value(&["Adele Vance,", "Bob X"]), "@('Adele Vance','Bob X')");
    assert_eq!(value(&["Thank you,"]), "'Thank you,'");
}

/// cmd knows no single quotes and splits at spaces.
#[test]
fn single_quotes_from_cmd_join_their_words() {
    assert_eq!(value(&["'Adele", "Vance'"]), "'Adele Vance'");
    assert_eq!(typed("Filter", &["'Name", "-eq", "x'"]), "'Name -eq x'");
}

#[test]
fn other_dashes_than_the_hyphen_begin_a_name() {
    let line = parse_with(Some(&known()), &["\u{2013}Identity", "a", "\u{2014}Archive"]).unwrap();
    assert_eq!(line.parameters.iter().count(), 2);
}
