//! The package as it is packed, and every host: what is promised to whoever installs it, and to the payer on such a page.

mod every_host;
mod package;
