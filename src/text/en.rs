//! English.

use super::{Announced, ComingBack, DialogWords, Message, Rescue, Template, Words, message};
use crate::payment::{ProblemCode, ProblemKind};
use gopay_contract::StatusCode;

pub(super) const DIALOG: DialogWords = DialogWords { label: "GoPay payment", close: "Close" };

pub(super) static WORDS: Words = Words {
    pay: "Pay with GoPay",
    total: "Total",
    order: "Order",
    paid_via: "Paid via",
    paid_at: "Paid at",
    transaction: "Transaction ID",
    time_left: "Time left",
    hours: "hr",
    minutes: "min",
    qr_alt: "QR code to pay",
    qr_alt_order: "order",
    full_screen: "Full screen",
    brighter: "Turn up the brightness.",
    scan_instead: "Show QR code",
    open_instead: "Pay on this device",
    already_paid: "I have paid",
    cancel_payment: "Cancel payment",
    retry: "Try again",
    start_over: "Pay again",
    reload: "Reload page",
    ready: message("Ready to pay", "Press the button below to pay."),
    charging: message("Preparing your payment…", "One moment, please."),
    pending_qr: message("Scan this QR code", "Use the GoPay app. The result appears here by itself."),
    pending_deeplink: message("Continue in the GoPay app", "Come back to this page when you have paid."),
    checking: message("Checking your payment…", "Please do not pay again yet. The result will appear here."),
    settlement: message("Payment successful", "Thank you, we have received your payment."),
    expire: message("Time to pay is over", "No payment has arrived. Already paid? The result will appear here."),
    cancel: message("Payment cancelled", "No payment has arrived. The QR code and link are no longer valid."),
    deny: message("Payment declined", "GoPay declined it, and we received no money. Try again or pay another way."),
    refund: message(
        "Payment refunded",
        "The money goes back to the account you paid with. Not there yet? Please contact the shop.",
    ),
    steps_qr: ["Open the GoPay app", "Tap Pay, then scan this code", "Check the details and enter your PIN"],
    steps_deeplink: ["Tap Pay with GoPay", "Check the details and enter your PIN", "Come back to this page"],
    rescue: Rescue {
        not_opened: message("GoPay app did not open?", "Make sure that it is installed, or choose another way."),
        leave_app: Template("This page is open inside ", ". Tap the menu in the corner, then Open in browser."),
        open_in_browser: "Open in browser",
        copy_link: "Copy link",
        link_copied: "Link copied. Paste it into Chrome or Safari.",
        copy_by_hand: "Press and hold this link to copy it.",
        save_qr: "Save QR code",
        saved_qr: "In the GoPay app, tap Pay, then choose this QR code from your gallery.",
    },
    coming_back: ComingBack {
        ready: message("Ready to pay", "Already paid? Press the button below to see the result."),
        checking: message("Checking your payment…", "One moment. Not paid yet? You can continue from here."),
        still_pending: message("No payment received yet", "Already paid? Wait a moment, the result will appear here."),
    },
    announced: Announced {
        five_minutes: "5 minutes left.",
        two_minutes: "2 minutes left.",
        one_minute: "1 minute left.",
        thirty_seconds: "30 seconds left.",
    },
    problem,
};

const fn problem((code, status_code): ProblemKind) -> Message {
    match code {
        ProblemCode::Config | ProblemCode::ServerKey => {
            message("Payment is not ready yet", "Please contact the shop or pay another way.")
        }
        ProblemCode::Offline => message("No internet connection", "We go on by ourselves once you are back online."),
        ProblemCode::MerchantUnreachable => {
            message("The shop cannot be reached", "We keep trying. Please do not pay again yet.")
        }
        ProblemCode::MerchantRefused => {
            message("This payment session has ended", "Reload the page to see your order's status.")
        }
        ProblemCode::BadAnswer => {
            message("The shop has a problem", "The status is not certain. Please do not pay again yet.")
        }
        ProblemCode::AmountMismatch => message("The amount does not match", "Please do not pay. Contact the shop."),
        ProblemCode::UntrustedUrl => message("The payment link is not safe", "Please do not pay. Contact the shop."),
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => message("This shop does not take GoPay yet", "Please pay another way."),
            Some(StatusCode(406)) => message("This order is being processed", "Press Try again to see its payment."),
            Some(StatusCode(410)) => message("GoPay cannot be used", "Please pay another way."),
            Some(StatusCode(_)) | None => {
                message("The payment could not be made", "Please contact the shop or pay another way.")
            }
        },
        ProblemCode::QrImage => message("The QR code cannot be shown", "Try again or pay on this device."),
        ProblemCode::Internal => message("Something went wrong", "Reload the page to see your order's status."),
    }
}
