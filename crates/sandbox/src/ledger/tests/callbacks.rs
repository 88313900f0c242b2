//! `callback_url`.

use super::*;
use crate::behaviour::CallbackJoin;

#[test]
fn the_callback_is_used_only_when_enabled_and_never_runs_a_script() {
    let callback = |gopay: Value| read(&body_with(&json!({"gopay": gopay}))).map(|charge| charge.callback.is_some());
    assert_eq!(callback(json!({"callback_url": "someapps://callback"})), Ok(false));
    assert_eq!(callback(json!({"enable_callback": true})), Ok(false));
    assert_eq!(callback(json!({"enable_callback": "true", "callback_url": "someapps://callback"})), Ok(true));
    for scheme in ["javascript:alert(1)", "data:text/html,x"] {
        assert!(callback(json!({"enable_callback": true, "callback_url": scheme})).is_err(), "{scheme}");
    }
}

#[test]
fn the_payer_is_returned_with_the_order_and_the_result() {
    let returning = |url: &str, join| {
        let gopay = json!({"gopay": {"enable_callback": true, "callback_url": url}});
        let charge = read(&body_with(&gopay)).expect("valid");
        charge.callback.expect("enabled").returning(&charge.order_id, "success", join)
    };
    let query = "order_id=order-101&result=success";
    let (naive, careful) = (CallbackJoin::QuestionMark, CallbackJoin::Ampersand);
    assert_eq!(returning("https://toko.example/selesai/", naive), format!("https://toko.example/selesai/?{query}"));
    assert_eq!(returning("https://toko.example/?a=1", naive), format!("https://toko.example/?a=1?{query}"));
    assert_eq!(returning("https://toko.example/?a=1", careful), format!("https://toko.example/?a=1&{query}"));
    assert_eq!(returning("someapps://callback", careful), format!("someapps://callback?{query}"));
}
