//! `--check`: checks whether a start would succeed, without starting.
//!
//! The database is connected to and read, the addresses are bound and released. Nothing is created, written or migrated,
//! Midtrans is not called, and no job runs.

use crate::application::listen;
use crate::backend::use_our_cryptography;
use crate::error::StartError;
use crate::metrics::Metrics;
use crate::midtrans::MidtransClient;
use crate::orders;
use crate::settings::Settings;

/// The result of a check, each finding in a sentence.
#[derive(Debug, Default)]
pub struct Check {
    /// Findings that are fine.
    pub fine: Vec<String>,
    /// Errors that would keep it from starting.
    pub wrong: Vec<StartError>,
}

impl Check {
    /// Checks everything, also after the first finding that is wrong.
    pub async fn of(settings: &Settings) -> Self {
        use_our_cryptography();
        let mut check = Self::default();
        let base_url = &settings.midtrans.base_url;
        let client = MidtransClient::new(&settings.midtrans, Metrics::default());
        check.add(
            client
                .map_err(StartError::from)
                .map(|_| format!("the settings can be read; Midtrans at {base_url} was not asked")),
        );
        let url = &settings.database.url;
        let found = orders::inspect(&settings.database).await;
        let found = found.map_err(|why| StartError::database(url, &why));
        check.add(found.map(|found| format!("MERCHANT_DATABASE_URL is \"{url}\": {found}")));
        let operator_address = settings.listen.operator_address.as_deref();
        let addresses =
            [("MERCHANT_BIND", Some(settings.listen.address.as_str())), ("MERCHANT_OPERATOR_BIND", operator_address)];
        // Held until all are bound: two that are the same cannot both be had.
        let mut bound = Vec::new();
        for (variable, address) in addresses {
            let Some(address) = address else { continue };
            check.add(match listen(variable, address).await {
                Ok(listener) => {
                    bound.push(listener);
                    Ok(format!("{variable} is {address:?}: it can be listened at"))
                }
                Err(why) => Err(why),
            });
        }
        check
    }

    fn add(&mut self, found: Result<String, StartError>) {
        match found {
            Ok(sentence) => self.fine.push(sentence),
            Err(why) => self.wrong.push(why),
        }
    }
}
