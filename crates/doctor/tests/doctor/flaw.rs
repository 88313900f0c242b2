//! Flaws of the model shop, and the check that must find each.

/// One rule that the model shop breaks; it keeps all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The charge's answer has no actions.
    NoActions,
    /// `gross_amount` of the request's body is charged.
    AmountFromTheBody,
    /// A pending order is charged again.
    ChargesEachTime,
    /// Requests about one order do not wait for each other.
    NoLock,
    /// The actions are not stored.
    ForgetsActions,
    /// A paid order is charged again with `retry_of`.
    RetriesPaidOrders,
    /// An ended order is charged again without `retry_of`.
    RetriesUnasked,
    /// `retry_of` is not read.
    NoRetry,
    /// `retry_of` may be anything.
    RetriesAnything,
    /// The newest attempt decides, whatever was paid.
    LatestDecides,
    /// A retry does not ask about earlier attempts.
    RetriesBlindly,
    /// A retry asks about the newest attempt alone.
    PollsTheNewestOnly,
    /// Earlier attempts are asked about when an attempt is made, and not when it is sent again.
    PollsOnlyForNewAttempts,
    /// A retry goes by what get-status answers to it, and overlooks what was stored meanwhile.
    OverlooksMoneyThatCame,
    /// A refused attempt ends the order.
    RefusalEndsTheOrder,
    /// An attempt whose charge was not answered is replaced.
    ReplacesUnanswered,
    /// A pending charge whose answer was lost is answered without actions.
    ResumesWithoutActions,
    /// Two payments are an error.
    PaidTwiceIsAnError,
    /// Of the paid attempts, the first decides.
    FirstPaidDecides,
    /// Of the paid attempts, the last decides.
    LastPaidDecides,
    /// Refunds are not stored.
    PaidForEver,
    /// A refunded order can be charged again.
    RetriesRefunded,
    /// `fraud_status` is not read.
    DoubtIsPaid,
    /// A settlement in doubt counts as not paid.
    DoubtIsUnpaid,
    /// The status has no `expiry_time`.
    NoExpiryTime,
    /// The Date is of another month.
    OldDate,
    /// The shop stores no change after the charge.
    Deaf,
    /// A payment by QRIS is not believed.
    InsistsOnGopay,
    /// An order without a charge has a settled status.
    PaidBeforeCharged,
    /// The status never asks Midtrans.
    NeverPolls,
    /// Events have no id.
    NamelessEvents,
    /// A stream stays open after a final status.
    EndlessStream,
    /// A stream has no comments.
    SilentStream,
    /// A cancel is not requested at Midtrans.
    CancelsHereOnly,
    /// The body says 200 to a cancel that came too late.
    No412,
    /// A cancel is told as done, whatever Midtrans said.
    BelievesThePress,
    /// A notification is stored and answered 503.
    RefusesNotifications,
    /// A notification that could not be confirmed is answered 200.
    AcknowledgesUnconfirmed,
    /// Midtrans' own error is the answer to its notification.
    PassesErrorsOn,
    /// A notification that is known is answered 409.
    RefusesRepeats,
    /// A pending notification makes the order pending.
    GoesBackwards,
    /// `expire` and `cancel` stay for ever.
    EndsAreFinal,
    /// A foreign order's notification is answered 404.
    ForeignIsNotFound,
    /// An `order_id` that is none is answered 400.
    ReadsTheOrderIdFirst,
    /// A body that cannot be read is a crash.
    CrashesOnGarbage,
    /// The signature is not looked at, and the body is believed.
    BelievesEverybody,
    /// The signature is not looked at; get-status decides.
    NoSignature,
    /// After the signature the body is believed.
    BelievesTheBody,
    /// get-status is asked by the body's `transaction_id`, and its `order_id` is not compared.
    PollsTheBodysTransaction,
    /// An empty `fraud_status` is taken for a doubt.
    EmptyIsADoubt,
    /// A transaction that is older than the order is taken for its own.
    AdoptsOldPayments,
    /// Midtrans' failure is an HTML page.
    HtmlErrors,
    /// Midtrans' 401 is the answer to the page.
    PassesThe401On,
    /// A get-status that fails is an expiry.
    AwayIsExpired,
    /// A denied charge looks like one that can be paid.
    DenyIsPending,
    /// Midtrans is waited for without a limit.
    NoTimeLimit,
    /// Any `order_id` is charged.
    InventsOrders,
    /// A charge that cannot be read is a crash.
    CrashesOnMalformed,
    /// A charge may be of any Content-Type.
    AnyContentType,
    /// Errors are plain texts.
    PlainErrors,
    /// The shop checks no order token.
    NoTokens,
    /// A form may cancel without the order's token, as with a cookie.
    CancelsForForms,
    /// Every origin is let in with cookies.
    ReflectsOrigins,
    /// Answers lack Cache-Control.
    NoCacheControl,
    /// Answers lack nosniff.
    NoNosniff,
    /// Errors name the server key.
    LeaksTheKey,
}

/// Every check, and a flaw that it must find.
pub(crate) const FLAWS: &[(&str, Flaw)] = &[
    ("charge-answers-as-midtrans", Flaw::NoActions),
    ("charge-is-of-the-shops-amount", Flaw::AmountFromTheBody),
    ("charge-is-idempotent", Flaw::ChargesEachTime),
    ("charge-is-one-when-asked-at-once", Flaw::NoLock),
    ("charge-resumes-with-its-actions", Flaw::ForgetsActions),
    ("paid-order-is-not-charged-again", Flaw::RetriesPaidOrders),
    ("ended-charge-is-not-made-anew-unasked", Flaw::RetriesUnasked),
    ("retry-after-expire-is-one-new-attempt", Flaw::NoRetry),
    ("retry-after-cancel-is-one-new-attempt", Flaw::NoRetry),
    ("retry-after-deny-is-one-new-attempt", Flaw::NoRetry),
    ("retry-twice-is-the-same-attempt", Flaw::NoLock),
    ("retry-needs-the-ended-transaction", Flaw::RetriesAnything),
    ("late-money-of-a-replaced-attempt-counts", Flaw::LatestDecides),
    ("retry-waits-until-midtrans-says", Flaw::RetriesBlindly),
    ("retry-asks-about-every-attempt", Flaw::PollsTheNewestOnly),
    ("retry-finds-money-that-comes-meanwhile", Flaw::OverlooksMoneyThatCame),
    ("late-money-after-a-refused-retry-is-found", Flaw::PollsOnlyForNewAttempts),
    ("late-money-after-a-broken-retry-is-found", Flaw::PollsOnlyForNewAttempts),
    ("refused-retry-waits-for-get-status", Flaw::PollsOnlyForNewAttempts),
    ("late-money-beside-an-unanswered-retry-is-found", Flaw::PollsOnlyForNewAttempts),
    ("refused-retry-can-be-sent-again", Flaw::RefusalEndsTheOrder),
    ("late-money-of-a-cancelled-attempt-counts", Flaw::LatestDecides),
    ("late-money-of-the-second-of-three-counts", Flaw::LatestDecides),
    ("unanswered-charge-that-was-paid-is-found", Flaw::ReplacesUnanswered),
    ("paid-twice-is-paid", Flaw::PaidTwiceIsAnError),
    ("paid-twice-and-the-first-refunded-is-paid", Flaw::FirstPaidDecides),
    ("paid-twice-and-the-second-refunded-is-paid", Flaw::LastPaidDecides),
    ("paid-late-and-twice-and-the-first-refunded-is-paid", Flaw::FirstPaidDecides),
    ("paid-late-and-twice-and-the-second-refunded-is-paid", Flaw::LastPaidDecides),
    ("refunded-before-the-second-was-paid-is-paid", Flaw::FirstPaidDecides),
    ("paid-twice-and-both-refunded-is-refunded", Flaw::PaidForEver),
    ("refunded-in-part-comes-before-refunded", Flaw::LastPaidDecides),
    ("refunded-order-is-not-charged-again", Flaw::RetriesRefunded),
    ("settlement-in-doubt-is-no-payment", Flaw::DoubtIsPaid),
    ("expired-attempt-in-doubt-stops-a-retry", Flaw::DoubtIsUnpaid),
    ("status-has-its-fields", Flaw::NoExpiryTime),
    ("status-says-when-it-is", Flaw::OldDate),
    ("status-follows-midtrans", Flaw::Deaf),
    ("scanned-payment-counts", Flaw::InsistsOnGopay),
    ("status-before-any-charge-is-no-payment", Flaw::PaidBeforeCharged),
    ("status-does-not-need-the-notification", Flaw::NeverPolls),
    ("refund-is-told", Flaw::PaidForEver),
    ("events-begin-with-the-status", Flaw::NamelessEvents),
    ("events-push-and-end", Flaw::EndlessStream),
    ("events-of-an-ended-order-end", Flaw::EndlessStream),
    ("events-keep-alive", Flaw::SilentStream),
    ("cancel-ends-the-charge", Flaw::CancelsHereOnly),
    ("cancel-too-late-is-412", Flaw::No412),
    ("cancel-and-payment-have-one-winner", Flaw::BelievesThePress),
    ("notification-is-taken", Flaw::RefusesNotifications),
    ("notification-during-an-outage-is-not-lost", Flaw::AcknowledgesUnconfirmed),
    ("notification-during-an-outage-is-not-lost", Flaw::PassesErrorsOn),
    ("notification-doubled-counts-once", Flaw::RefusesRepeats),
    ("notification-late-pending-changes-nothing", Flaw::GoesBackwards),
    ("notification-late-settlement-is-believed", Flaw::EndsAreFinal),
    ("notification-that-is-none-is-refused", Flaw::CrashesOnGarbage),
    ("notification-forged-changes-nothing", Flaw::BelievesEverybody),
    ("notification-altered-changes-nothing", Flaw::BelievesTheBody),
    ("notification-is-confirmed-by-get-status", Flaw::BelievesTheBody),
    ("notification-of-another-amount-changes-nothing", Flaw::BelievesTheBody),
    ("notification-of-anothers-transaction-changes-nothing", Flaw::PollsTheBodysTransaction),
    ("notification-forged-is-refused", Flaw::NoSignature),
    ("notification-of-a-foreign-order-is-acknowledged", Flaw::ForeignIsNotFound),
    ("test-notification-is-acknowledged", Flaw::ReadsTheOrderIdFirst),
    ("notification-with-empty-fields-is-taken", Flaw::EmptyIsADoubt),
    ("older-payment-is-not-adopted", Flaw::AdoptsOldPayments),
    ("lost-answer-is-no-second-charge", Flaw::ReplacesUnanswered),
    ("lost-answer-is-no-second-charge", Flaw::ResumesWithoutActions),
    ("midtrans-failure-is-reported", Flaw::HtmlErrors),
    ("refused-server-key-is-a-server-error", Flaw::PassesThe401On),
    ("midtrans-away-ends-nothing", Flaw::AwayIsExpired),
    ("denied-charge-is-told", Flaw::DenyIsPending),
    ("slow-midtrans-is-not-awaited-for-ever", Flaw::NoTimeLimit),
    ("unknown-order-is-refused", Flaw::InventsOrders),
    ("malformed-request-is-refused", Flaw::CrashesOnMalformed),
    ("only-json-is-a-charge", Flaw::AnyContentType),
    ("errors-have-a-shape", Flaw::PlainErrors),
    ("token-guards-the-charge", Flaw::NoTokens),
    ("token-guards-the-status", Flaw::NoTokens),
    ("token-guards-the-events", Flaw::NoTokens),
    ("token-guards-the-cancel", Flaw::NoTokens),
    ("foreign-origins-get-no-credentials", Flaw::ReflectsOrigins),
    ("foreign-forms-change-nothing", Flaw::CancelsForForms),
    ("answers-are-not-kept", Flaw::NoCacheControl),
    ("answers-are-not-sniffed", Flaw::NoNosniff),
    ("server-key-stays-home", Flaw::LeaksTheKey),
];
