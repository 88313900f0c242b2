//! The library in a shop's own app, with its orders in PostgreSQL.

#[path = "../own_shop.rs"]
mod own_shop_played;
