//! Test language: `id.rs` with accents on its vowels. Only tests compile it.

use super::{Announced, ComingBack, DialogWords, Message, Rescue, Template, Words, message};
use crate::payment::{ProblemCode, ProblemKind};
use gopay_contract::StatusCode;

pub(super) const DIALOG: DialogWords = DialogWords { label: "Pêmbâyârân GoPay", close: "Tûtûp" };

pub(super) static WORDS: Words = Words {
    pay: "Bâyâr dêngân GoPay",
    total: "Tôtâl pêmbâyârân",
    order: "Pêsânân",
    paid_via: "Dîbâyâr lêwât",
    paid_at: "Wâktû bâyâr",
    transaction: "ÎD trânsâksî",
    time_left: "Sîsâ wâktû",
    hours: "jâm",
    minutes: "mênît",
    qr_alt: "Kôdê QR ûntûk mêmbâyâr",
    qr_alt_order: "pêsânân",
    full_screen: "Lâyâr pênûh",
    brighter: "Nâîkkân kêcêrâhân lâyâr.",
    scan_instead: "Tâmpîlkân kôdê QR",
    open_instead: "Bâyâr dî pêrângkât înî",
    already_paid: "Sâyâ sûdâh bâyâr",
    cancel_payment: "Bâtâlkân pêmbâyârân",
    retry: "Côbâ lâgî",
    start_over: "Bâyâr lâgî",
    reload: "Mûât ûlâng hâlâmân",
    ready: message("Sîâp dîbâyâr", "Têkân tômbôl dî bâwâh ûntûk mêmbâyâr."),
    charging: message("Mênyîâpkân pêmbâyârân…", "Môhôn tûnggû sêbêntâr."),
    pending_qr: message("Scân kôdê QR înî", "Pâkâî âplîkâsî GoPay. Hâsîlnyâ mûncûl dî sînî ôtômâtîs."),
    pending_deeplink: message("Lânjûtkân dî âplîkâsî GoPay", "Sêtêlâh mêmbâyâr, kêmbâlî kê hâlâmân înî."),
    checking: message("Mêngêcêk pêmbâyârân…", "Môhôn jângân mêmbâyâr lâgî dûlû. Hâsîlnyâ âkân mûncûl dî sînî."),
    settlement: message("Pêmbâyârân bêrhâsîl", "Têrîmâ kâsîh, pêmbâyârân Ândâ sûdâh kâmî têrîmâ."),
    expire: message(
        "Wâktû pêmbâyârân hâbîs",
        "Kâmî bêlûm mênêrîmâ pêmbâyârân. Sûdâh têlânjûr mêmbâyâr? Hâsîlnyâ âkân mûncûl dî sînî.",
    ),
    cancel: message(
        "Pêmbâyârân dîbâtâlkân",
        "Kâmî bêlûm mênêrîmâ pêmbâyârân. Kôdê QR dân tâûtânnyâ tîdâk bêrlâkû lâgî.",
    ),
    deny: message(
        "Pêmbâyârân dîtôlâk",
        "GoPay mênôlâk, dân kâmî tîdâk mênêrîmâ dânâ. Côbâ lâgî âtâû pîlîh cârâ bâyâr lâîn.",
    ),
    refund: message(
        "Dânâ dîkêmbâlîkân",
        "Dânâ kêmbâlî kê âkûn yâng Ândâ pâkâî ûntûk mêmbâyâr. Bêlûm mâsûk? Sîlâkân hûbûngî tôkô.",
    ),
    steps_qr: ["Bûkâ âplîkâsî GoPay", "Kêtûk Bâyâr, lâlû scân kôdê înî", "Cêk rîncîân, lâlû mâsûkkân PÎN"],
    steps_deeplink: ["Kêtûk Bâyâr dêngân GoPay", "Cêk rîncîân, lâlû mâsûkkân PÎN", "Kêmbâlî kê hâlâmân înî"],
    rescue: Rescue {
        not_opened: message(
            "Âplîkâsî GoPay tîdâk têrbûkâ?",
            "Pâstîkân âplîkâsînyâ sûdâh têrpâsâng, âtâû pîlîh cârâ lâîn.",
        ),
        leave_app: Template(
            "Hâlâmân înî têrbûkâ dî dâlâm ",
            ". Kêtûk mênû dî pôjôk lâyâr, lâlû pîlîh Bûkâ dî brôwsêr.",
        ),
        open_in_browser: "Bûkâ dî brôwsêr",
        copy_link: "Sâlîn tâûtân",
        link_copied: "Tâûtân dîsâlîn. Têmpêl dî Chrômê âtâû Sâfârî.",
        copy_by_hand: "Têkân lâmâ tâûtân înî ûntûk mênyâlînnyâ.",
        save_qr: "Sîmpân kôdê QR",
        saved_qr: "Dî âplîkâsî GoPay, kêtûk Bâyâr, lâlû pîlîh kôdê QR înî dârî gâlêrî.",
    },
    coming_back: ComingBack {
        ready: message("Sîâp dîbâyâr", "Sûdâh mêmbâyâr? Têkân tômbôl dî bâwâh ûntûk mêlîhât hâsîlnyâ."),
        checking: message(
            "Mêngêcêk pêmbâyârân…",
            "Tûnggû sêbêntâr. Bêlûm mêmbâyâr? Ândâ bîsâ mêlânjûtkânnyâ dârî sînî.",
        ),
        still_pending: message(
            "Pêmbâyârân bêlûm kâmî têrîmâ",
            "Sûdâh mêmbâyâr? Tûnggû sêbêntâr, hâsîlnyâ âkân mûncûl dî sînî.",
        ),
    },
    announced: Announced {
        five_minutes: "Sîsâ wâktû 5 mênît.",
        two_minutes: "Sîsâ wâktû 2 mênît.",
        one_minute: "Sîsâ wâktû 1 mênît.",
        thirty_seconds: "Sîsâ wâktû 30 dêtîk.",
    },
    problem,
};

const fn problem((code, status_code): ProblemKind) -> Message {
    match code {
        ProblemCode::Config | ProblemCode::ServerKey => {
            message("Pêmbâyârân bêlûm sîâp", "Sîlâkân hûbûngî tôkô âtâû pîlîh cârâ bâyâr lâîn.")
        }
        ProblemCode::Offline => {
            message("Tîdâk âdâ kônêksî întêrnêt", "Kâmî lânjûtkân ôtômâtîs bêgîtû kônêksî Ândâ kêmbâlî.")
        }
        ProblemCode::MerchantUnreachable => {
            message("Tôkô bêlûm bîsâ dîhûbûngî", "Kâmî têrûs mêncôbâ. Môhôn jângân mêmbâyâr lâgî dûlû.")
        }
        ProblemCode::MerchantRefused => {
            message("Sêsî pêmbâyârân sûdâh bêrâkhîr", "Mûât ûlâng hâlâmân ûntûk mêlîhât stâtûs pêsânân Ândâ.")
        }
        ProblemCode::BadAnswer => {
            message("Âdâ gânggûân dî tôkô", "Stâtûsnyâ bêlûm pâstî. Môhôn jângân mêmbâyâr lâgî dûlû.")
        }
        ProblemCode::AmountMismatch => {
            message("Jûmlâh pêmbâyârân tîdâk sêsûâî", "Môhôn jângân mêmbâyâr. Sîlâkân hûbûngî tôkô.")
        }
        ProblemCode::UntrustedUrl => {
            message("Tâûtân pêmbâyârân tîdâk âmân", "Môhôn jângân mêmbâyâr. Sîlâkân hûbûngî tôkô.")
        }
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => message("GoPay bêlûm âktîf dî tôkô înî", "Sîlâkân pîlîh cârâ bâyâr lâîn."),
            Some(StatusCode(406)) => {
                message("Pêsânân înî sêdâng dîprôsês", "Têkân Côbâ lâgî ûntûk mêlîhât pêmbâyârânnyâ.")
            }
            Some(StatusCode(410)) => message("GoPay tîdâk bîsâ dîpâkâî", "Sîlâkân pîlîh cârâ bâyâr lâîn."),
            Some(StatusCode(_)) | None => {
                message("Pêmbâyârân tîdâk bîsâ dîbûât", "Sîlâkân hûbûngî tôkô âtâû pîlîh cârâ bâyâr lâîn.")
            }
        },
        ProblemCode::QrImage => message("Kôdê QR tîdâk bîsâ dîtâmpîlkân", "Côbâ lâgî âtâû bâyâr dî pêrângkât înî."),
        ProblemCode::Internal => message("Têrjâdî kêsâlâhân", "Mûât ûlâng hâlâmân ûntûk mêlîhât stâtûs pêsânân Ândâ."),
    }
}
