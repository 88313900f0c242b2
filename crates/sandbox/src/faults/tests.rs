use super::*;
use serde_json::{Value, json};

const NOW: JakartaTime = JakartaTime::from_unix_seconds(1_570_513_296);

fn faults(bodies: &[Value]) -> FaultRegistry {
    let mut faults = FaultRegistry::default();
    for body in bodies {
        faults.add(Fault::read(body).expect("a fault"));
    }
    faults
}

fn at_random(chaos: Chaos) -> FaultRegistry {
    let mut faults = FaultRegistry::default();
    faults.set_chaos(Some(chaos));
    faults
}

fn reasons(faults: &FaultRegistry) -> Vec<&str> {
    faults.applied().map(|applied| applied.reason.as_str()).collect()
}

#[test]
fn a_fault_strikes_once_unless_told_otherwise() {
    let mut faults = faults(&[json!({"fault": "error"}), json!({"fault": "cut_connection", "times": 2})]);
    let struck: Vec<_> = (0..4).map(|_| faults.request(NOW, Operation::Status, None).mutation.is_some()).collect();
    assert_eq!(struck, [true, true, true, false]);
    assert_eq!(reasons(&faults), ["asked for as fault 1", "asked for as fault 2", "asked for as fault 2"]);
}

#[test]
fn a_fault_for_one_operation_leaves_the_others_alone() {
    let mut faults = faults(&[json!({"fault": "latency", "milliseconds": 5, "on": ["charge"], "times": 0})]);
    assert_eq!(faults.request(NOW, Operation::Status, None), RequestFaults::default());
    for _ in 0..2 {
        assert_eq!(faults.request(NOW, Operation::Charge, None).latency, Duration::from_millis(5));
    }
}

#[test]
fn a_fault_for_one_order_leaves_the_others_alone() {
    let mut faults = faults(&[
        json!({"fault": "error", "order_id": "o-1"}),
        json!({"fault": "stuck_pending", "order_id": "o-1"}),
        json!({"fault": "lost_notification", "order_id": "o-1"}),
    ]);
    for other in [Some("o-2"), None] {
        assert_eq!(faults.request(NOW, Operation::Charge, other), RequestFaults::default());
    }
    assert_eq!(faults.new_transaction(NOW, "o-2"), (Omissions::default(), false));
    assert_eq!(faults.notification(NOW, "o-2", &TransactionStatus::Pending), DeliveryFault::default());
    assert!(faults.request(NOW, Operation::Charge, Some("o-1")).mutation.is_some());
    assert!(faults.new_transaction(NOW, "o-1").0.stuck_pending);
    assert!(faults.notification(NOW, "o-1", &TransactionStatus::Pending).lost);
    assert!(faults.list().is_empty());
}

#[test]
fn a_notification_fault_waits_for_its_status() {
    let mut faults = faults(&[json!({"fault": "lost_notification", "transaction_status": "settlement"})]);
    let mut lost = |status| faults.notification(NOW, "o-1", &status).lost;
    assert!(!lost(TransactionStatus::Pending));
    assert!(lost(TransactionStatus::Settlement));
    assert!(!lost(TransactionStatus::Settlement));
}

#[test]
fn several_faults_may_strike_one_transaction_but_each_kind_once() {
    let mut faults = faults(&[
        json!({"fault": "missing_expiry_time"}),
        json!({"fault": "stuck_pending"}),
        json!({"fault": "stuck_pending"}),
    ]);
    let (omissions, is_denied) = faults.new_transaction(NOW, "o-1");
    assert!(omissions.no_expiry_time && omissions.stuck_pending && !is_denied);
    assert_eq!(faults.list().len(), 1, "the second `stuck_pending` waits for the next transaction");
}

#[test]
fn what_strikes_before_the_work_leaves_the_latency_for_the_next_request() {
    let mut faults = faults(&[json!({"fault": "latency", "milliseconds": 5}), json!({"fault": "error"})]);
    assert_eq!(faults.request(NOW, Operation::Charge, None).latency, Duration::ZERO);
    assert_eq!(faults.request(NOW, Operation::Charge, None).latency, Duration::from_millis(5));
}

#[test]
fn chance_goes_on_counting_under_faults_that_were_asked_for() {
    let chaos = Chaos { seed: 42, one_in: 3, kinds: vec![FaultName::Error] };
    let run = |mut faults: FaultRegistry| -> Vec<bool> {
        (0..30).map(|_| faults.request(NOW, Operation::Charge, None).mutation.is_some()).collect()
    };
    let alone = run(at_random(chaos.clone()));
    let mut accompanied = at_random(chaos);
    accompanied.add(Fault::read(&json!({"fault": "html_403"})).expect("a fault"));
    let accompanied = run(accompanied);
    assert!(accompanied[0], "the one that was asked for");
    assert_eq!(alone[1..], accompanied[1..]);
}

#[test]
fn what_chance_did_is_in_the_log_with_its_seed() {
    let mut faults = at_random(Chaos { seed: 42, one_in: 1, kinds: vec![FaultName::StuckPending] });
    faults.new_transaction(NOW, "o-1");
    let applied: Vec<_> = faults.applied().map(|applied| serde_json::to_value(applied).expect("JSON")).collect();
    assert_eq!(
        applied,
        [json!({
            "at": "2019-10-08 12:41:36", "on": "new_transaction", "order_id": "o-1", "fault": "stuck_pending",
            "reason": "seed 42, new_transaction 1",
        })]
    );
}
