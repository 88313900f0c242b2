//! Alternatives for a payer whose GoPay app did not open, in place of the instructions.

use super::actions::button;
use super::keyed::keyed;
use super::styled::element;
use super::{Action, ViewModel};
use crate::payment::{AppReturnNotice, Channel, StateName};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

pub(super) fn rescue(model: &ViewModel) -> Option<impl IntoView + use<>> {
    let screen = &model.screen;
    if screen.state != StateName::Pending || screen.app_notice != AppReturnNotice::NotOpened {
        return None;
    }
    let words = &model.words().rescue;
    let (link, copy) = match screen.channel {
        // `download` saves only images of the same origin; others open in a new tab, where a long press saves them.
        Channel::Qr => {
            let name = screen.order_id.as_ref().map_or("", |order| order.as_str());
            let save_as = ["qr-", name, ".png"].concat();
            (screen.qr.as_ref().map(|(url, _)| link("save", url.as_str(), words.save_qr, Some(save_as))), None)
        }
        Channel::Deeplink => (
            model.place.way_out.as_ref().map(|out| link("leave", out, words.open_in_browser, None)),
            Some(button("copy", "quiet", Action::CopyLink, words.copy_link)),
        ),
    };
    Some(keyed(screen.channel as u32, element("div", "rescue", (), (link, copy))))
}

fn link(part: &'static str, href: &str, label: &'static str, save_as: Option<String>) -> impl IntoView + use<> {
    let target = save_as.as_ref().map(|_| "_blank");
    let rel = save_as.as_ref().map(|_| "noopener noreferrer");
    let attributes = (
        custom_attribute("href", href.to_owned()),
        custom_attribute("download", save_as),
        custom_attribute("target", target),
        custom_attribute("rel", rel),
    );
    element("a", "quiet", attributes, label).part(part)
}
