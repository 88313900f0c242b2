//! The link was tapped and no app came: other ways, where the instructions stood.

use super::actions::button;
use super::element::{Element, element};
use super::{Press, Seen};
use crate::payment::{Channel, Detour, StateName};

pub(super) fn view(seen: &Seen) -> Option<Element> {
    let screen = &seen.screen;
    if screen.state != StateName::Pending || screen.detour != Detour::NotOpened {
        return None;
    }
    let words = &seen.words().rescue;
    let rescue = element("div").class("rescue").key(2);
    Some(match screen.channel {
        // A picture of another site opens beside the page, where holding it saves it; only a site's own is saved at once.
        Channel::Qr => rescue.child(screen.qr.as_ref().map(|(url, _)| {
            let name = screen.order_id.as_ref().map_or("", |order| order.as_str());
            link("save", url.as_str().to_owned(), words.save_qr)
                .attr("download", ["qr-", name, ".png"].concat())
                .attr("target", "_blank")
                .attr("rel", "noopener noreferrer")
        })),
        Channel::Deeplink => rescue
            .child(seen.place.way_out.as_ref().map(|out| link("leave", out.clone(), words.open_in_browser)))
            .child(button("copy", "quiet", Press::CopyLink, words.copy_link)),
    })
}

fn link(part: &'static str, href: String, label: &'static str) -> Element {
    element("a").attr("part", part).class("quiet").attr("href", href).text(label)
}
