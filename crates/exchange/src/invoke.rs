//! From an invocation to its records: checks, encoding, the question before a dangerous cmdlet.

use crate::connection::Connection;
use crate::encoding;
use crate::entity;
use crate::error::InvokeError;
use crate::invocation::{Invocation, ResultSize};
use crate::page::Page;
use crate::parameters::{ParameterValue, Parameters};
use crate::reader::Reader;
use crate::records::Records;
use crate::request::Prepared;

/// What the service answers when it is asked whether it should.
#[derive(Debug)]
#[non_exhaustive]
pub enum Asked {
    /// What would be done; nothing was done yet.
    Confirm(String),
    /// The service had no question and has executed the cmdlet.
    Done(Page),
}

impl Connection {
    /// Invokes a cmdlet. Nothing is sent until the first row is asked for; what is wrong with the
    /// call itself is then the stream's first and last item.
    ///
    /// The `Get-EXO…` cmdlets go to their own endpoints, all others to `InvokeCommand`.
    pub fn invoke(&self, invocation: Invocation) -> Records {
        if !has_secret(&invocation.parameters) {
            return match self.reader(&invocation, None) {
                Ok(reader) => Records::new(reader),
                Err(error) => Records::failed(error),
            };
        }
        let connection = self.clone();
        Records::deferred(async move { connection.secret_reader(&invocation).await })
    }

    /// Asks what a cmdlet would do, with `Confirm` true, for the text to show before
    /// [`Invocation::confirmed`] is invoked.
    pub async fn ask(&self, invocation: &Invocation) -> Result<Asked, InvokeError> {
        let question = invocation.clone().with("Confirm", true);
        let mut page = match self.invoke(question).next_page().await {
            Some(page) => page?,
            None => Page::empty(),
        };
        Ok(match page.confirmation.take() {
            Some(text) => Asked::Confirm(text),
            None => Asked::Done(page),
        })
    }

    /// The reader of an invocation; secrets need the key of the module file.
    pub(crate) async fn secret_reader(
        &self,
        invocation: &Invocation,
    ) -> Result<Reader, InvokeError> {
        if !has_secret(&invocation.parameters) {
            return self.reader(invocation, None);
        }
        let catalogue = self.catalogue().await?;
        self.reader(invocation, catalogue.public_key.as_ref())
    }

    fn reader(
        &self,
        invocation: &Invocation,
        key: Option<&crate::PublicKey>,
    ) -> Result<Reader, InvokeError> {
        let cmdlet = || invocation.cmdlet.clone();
        let wanted = invocation
            .wanted()
            .map_err(|source| InvokeError::ResultSize { cmdlet: cmdlet(), source })?;
        let addressee = &self.0.addressee;
        let request = entity::prepare(addressee, invocation).unwrap_or_else(|| {
            let parameters = encoding::encode(&invocation.parameters, key)?;
            Ok(Prepared::invoke(addressee, invocation, parameters))
        });
        let request =
            request.map_err(|source| InvokeError::Parameter { cmdlet: cmdlet(), source })?;
        let effect = invocation.effect(self.0.policy.repeat_ambiguous_writes);
        let reader = Reader::new(self.clone(), request, wanted, effect);
        Ok(if invocation.moves_on { reader.moving_on() } else { reader })
    }
}

impl Invocation {
    /// The same with the answer yes to every question: `Confirm` false.
    pub fn confirmed(self) -> Self {
        self.with("Confirm", false)
    }

    /// Whether `-Confirm` was given, and how.
    pub fn confirm(&self) -> Option<bool> {
        match self.parameters.find("Confirm")? {
            ParameterValue::Bool(confirm) => Some(*confirm),
            _ => None,
        }
    }

    /// The same with another number of rows wanted than its parameters say.
    pub fn wanting(self, rows: ResultSize) -> Self {
        Self { result_size: Some(rows), ..self }
    }
}

fn has_secret(parameters: &Parameters) -> bool {
    parameters.iter().any(|(_, value)| {
        matches!(value, ParameterValue::Secure(_) | ParameterValue::Credential { .. })
    })
}
