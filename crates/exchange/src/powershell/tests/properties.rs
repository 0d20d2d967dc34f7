//! What holds for every command line and every value.

use proptest::prelude::*;

use super::*;

fn any_value() -> impl Strategy<Value = ParameterValue> {
    let scalar = prop_oneof![
        Just(ParameterValue::Null),
        any::<bool>().prop_map(ParameterValue::Bool),
        any::<i64>().prop_map(ParameterValue::from),
        any::<u64>().prop_map(|number| ParameterValue::Number(number.into())),
        any::<f64>()
            .prop_filter_map("finite", serde_json::Number::from_f64)
            .prop_map(ParameterValue::Number),
        any::<String>().prop_map(ParameterValue::String),
        "[ -~‘’“”\n]{0,12}".prop_map(ParameterValue::String),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(ParameterValue::Bytes),
        (-2_000_000_000_i64..4_000_000_000).prop_map(|second| {
            ParameterValue::DateTime(jiff::Timestamp::from_second(second).unwrap())
        }),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(ParameterValue::Array),
            prop::collection::vec(("[a-zA-Z '\"=;}]{1,6}", inner), 0..4).prop_map(|entries| {
                let mut unique: Vec<(String, ParameterValue)> = Vec::new();
                for (key, value) in entries {
                    if !unique.iter().any(|(known, _)| known.eq_ignore_ascii_case(&key)) {
                        unique.push((key, value));
                    }
                }
                ParameterValue::Hashtable(unique)
            }),
        ]
    })
}

/// Values compared as far as they can be told apart.
fn same(a: &ParameterValue, b: &ParameterValue) -> bool {
    use ParameterValue as V;
    match (a, b) {
        (V::Null, V::Null) => true,
        (V::Bool(a), V::Bool(b)) => a == b,
        (V::Number(a), V::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (V::String(a), V::String(b)) => a == b,
        (V::Bytes(a), V::Bytes(b)) => a == b,
        (V::DateTime(a), V::DateTime(b)) => a == b,
        (V::Array(a), V::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (V::Hashtable(a), V::Hashtable(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((ka, a), (kb, b))| ka == kb && same(a, b))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_printed_value_is_read_as_the_same_value(value in any_value()) {
        let printed = Printed(&value).to_string();
        let line = parse_with(None, &["-X", &printed]);
        let line = line.map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
        let read = line.parameters.find("X").unwrap();
        prop_assert!(same(&value, read), "{} became {}", printed, Printed(read));
    }

    #[test]
    fn no_command_line_makes_it_panic(
        arguments in prop::collection::vec(
            prop_oneof![
                any::<String>(),
                "[-@{}()\\[\\]'\"`$,;=: a0.]{0,24}",
                "(-X|-o|--|-Filter|-Password|@\\{|\\(Get-Date|\\[datetime\\]|\\)|\\})[-'.:,;a-zA-Z()]{0,12}",
            ],
            0..6,
        ),
        with_known in any::<bool>(),
    ) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let parameters = known();
        let parsed = parse_with(with_known.then_some(parameters.as_slice()), &arguments);
        if let Err(error) = parsed {
            prop_assert!(error.place.argument < arguments.len());
            let _ = (error.pointer(), error.help(), error.to_string());
        }
    }
}
