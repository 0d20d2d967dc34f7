//! Keys that may be written in more than one shape, read so that errors keep their place.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::due::{CatchUp, CatchUpMode};
use crate::notify::Notify;

/// `once`, or `{ mode = "once", window = "30d" }`.
pub(super) fn word_or_table<'de, D: Deserializer<'de>>(from: D) -> Result<CatchUp, D::Error> {
    struct WordOrTable;

    impl<'de> Visitor<'de> for WordOrTable {
        type Value = CatchUp;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("once, all, none or a table with mode and window")
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<CatchUp, E> {
            let mode = CatchUpMode::deserialize(de::value::StrDeserializer::<E>::new(word))?;
            Ok(CatchUp { mode, ..CatchUp::default() })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CatchUp, A::Error> {
            CatchUp::deserialize(MapAccessDeserializer::new(map))
        }
    }

    from.deserialize_any(WordOrTable)
}

/// One table, or a list of them.
pub(super) fn one_or_many<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct OneOrMany<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table or a list of tables")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(|one| vec![one])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(seq))
        }
    }

    from.deserialize_any(OneOrMany(PhantomData))
}

pub(super) fn catch_up(generator: &mut SchemaGenerator) -> Schema {
    either::<CatchUpMode, CatchUp>(generator)
}

pub(super) fn notify(generator: &mut SchemaGenerator) -> Schema {
    either::<Notify, Vec<Notify>>(generator)
}

fn either<A: JsonSchema, B: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let (one, other) = (generator.subschema_for::<A>(), generator.subschema_for::<B>());
    json_schema!({ "anyOf": [one, other] })
}

/// A job has either `profile` or `profiles`.
pub(super) fn profile_or_profiles(schema: &mut Schema) {
    let one = |key: &str| serde_json::json!({ "required": [key] });
    schema.insert("oneOf".to_owned(), [one("profile"), one("profiles")].to_vec().into());
}
