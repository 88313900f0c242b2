//! The picture of an element that cannot run, or cannot go on: why, what to do, and nothing else.

use super::host::{self, Host};
use super::listener::Listener;
use super::mount_point;
use super::painter::Painter;
use super::presses;
use crate::config::Theme;
use crate::payment::{Channel, News, Problem, Screen, StateName};
use crate::text::Lang;
use gopay_contract::OrderId;

/// A refusal that stands. Dropped, it leaves the document.
pub(super) struct Refusal {
    _painter: Painter,
    _listeners: [Listener; 3],
}

/// What the attribute asks for, if it does: any attribute may be the one that is refused.
fn theme(host: &Host) -> Theme {
    let asked = host.element().get_attribute("theme");
    let asks = |theme: &Theme| asked.as_deref().is_some_and(|asked| asked.trim().eq_ignore_ascii_case(theme.as_str()));
    [Theme::Light, Theme::Dark].into_iter().find(asks).unwrap_or(Theme::Auto)
}

impl Refusal {
    /// Shows `problem` in place of whatever stood there, and tells the shop. Everything is made anew: of what was there
    /// before, a panic may have left anything half done.
    pub(super) fn show(host: &Host, order_id: Option<&OrderId>, problem: Problem) -> Option<Self> {
        host::log(&problem);
        host.reflect(StateName::Problem);
        host.tell(order_id, &News::Problem(problem.clone()));
        let root = mount_point::shadow_root(host.element())?;
        let parent = mount_point::make(&root)?;
        let lang = mount_point::nearest_lang(host.element()).as_deref().and_then(Lang::from_tag).unwrap_or(Lang::Id);
        let painter = Painter::new(parent.clone().into(), None, lang, theme(host));
        painter.show(Screen { problem: Some(problem), ..Screen::empty(StateName::Problem, Channel::Qr) }, None);
        Some(Self { _painter: painter, _listeners: presses::listen(&parent, None) })
    }
}
