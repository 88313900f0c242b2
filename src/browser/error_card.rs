//! Error card of an element that cannot run or go on: the reason, and what to do.

use super::host_events::{self, Host};
use super::mount_point;
use super::root::Root;
use crate::config::Theme;
use crate::payment::{Channel, HostEvent, Problem, Screen, StateName};
use crate::text::Lang;
use gopay_contract::OrderId;
use std::rc::Rc;

/// An error card in the document. It is removed when dropped.
pub(super) struct ErrorCard {
    _root: Rc<Root>,
}

/// The theme by the attribute alone: the configuration may be the one that was refused.
fn theme(host: &Host) -> Theme {
    let asked = host.element().get_attribute("theme");
    let asks = |theme: &Theme| asked.as_deref().is_some_and(|asked| asked.trim().eq_ignore_ascii_case(theme.as_str()));
    [Theme::Light, Theme::Dark].into_iter().find(asks).unwrap_or(Theme::Auto)
}

impl ErrorCard {
    /// Shows `problem` in place of whatever stood there, and emits it to the shop. Everything is created anew, because a panic may
    /// have left the old view half updated.
    pub(super) fn show(host: &Host, order_id: Option<&OrderId>, problem: Problem) -> Option<Self> {
        host_events::log(&problem);
        host.reflect(StateName::Problem);
        host.emit(order_id, &HostEvent::Problem(problem.clone()));
        let root = mount_point::shadow_root(host.element())?;
        let lang = mount_point::nearest_lang(host.element()).as_deref().and_then(Lang::from_tag).unwrap_or(Lang::Id);
        let root = Root::new(root, lang, theme(host));
        root.show(Screen { problem: Some(problem), ..Screen::empty(StateName::Problem, Channel::Qr) }, None);
        Some(Self { _root: root })
    }
}
