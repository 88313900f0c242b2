// Generated from Rust by src/loader_rules.rs; `GOPAY_BLESS=1 cargo test --test loader_rules` writes it anew.

/** Names of the state machine's inputs, by number. */
export const INPUTS = ["Started","PayPressed","RetryPressed","RefreshPressed","CancelPressed","ChargeAnswered","StatusAnswered","CancelAnswered","StreamOpened","StreamHeartbeat","StatusPushed","PushUnreadable","StreamRefused","StreamLost","Resumed","ReturnedFromApp","LostLeadership","BecameLeader","PeerChanged","Hidden","WentOffline","ChannelChosen","DeeplinkTapped","QrLoaded","QrFailed","TimerFired"];

/** Names of the element's events. */
export const EVENTS = ["gopay-charge","gopay-status","gopay-settlement","gopay-expire","gopay-cancel","gopay-deny","gopay-refund","gopay-open","gopay-channel","gopay-problem"];
