//! Address of a client, as far as it can be trusted.

use axum::extract::{ConnectInfo, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where proxies write, each at the end, whom they were asked by.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A client as limits count it. An IPv6 household has a /64 and any number of addresses in it, so it counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// One IPv4 address.
    V4(Ipv4Addr),
    /// The upper 64 bits of an IPv6 address.
    V6Network(u64),
}

impl Client {
    /// The client at this address.
    pub(crate) fn at(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6Network((address.to_bits() >> 64) as u64),
        }
    }

    /// The client that sent this request, the shop's own `trusted_proxies` left out. `None` where the server does not tell
    /// addresses.
    pub(crate) fn of(request: &Request, trusted_proxies: u32) -> Option<Self> {
        let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(Self::at(forwarded_for(request.headers(), trusted_proxies).unwrap_or(peer.ip())))
    }
}

/// Whom the outermost trusted proxy was asked by. What stands before that was written by anybody. Where there are fewer
/// addresses than proxies, or no address, the request did not come as it should: then only the peer is known.
fn forwarded_for(headers: &HeaderMap, trusted_proxies: u32) -> Option<IpAddr> {
    let from_the_end = usize::try_from(trusted_proxies).ok()?.checked_sub(1)?;
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    read(entries.nth(from_the_end)?.trim())
}

/// An address, with or without a port behind it.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']')).unwrap_or(entry);
    bare.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()))
}

/// True if this request was made on this machine, for this machine, by no proxy on behalf of somebody else. A proxy that
/// says nothing of itself can be told by the name that was asked for only if it passes that on; so this is no lock, and
/// where there must be a proxy it is not asked at all (`AdminEndpoints`). The name also keeps out web pages that have made theirs
/// lead to this machine.
pub(crate) fn is_from_this_machine(request: &Request) -> bool {
    let is_loopback = |ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip().to_canonical().is_loopback();
    let headers = request.headers();
    let is_forwarded = [FORWARDED_FOR, "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    request.extensions().get().is_some_and(is_loopback) && !is_forwarded && is_for_this_machine(headers)
}

fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    host.to_str().is_ok_and(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = Authority::try_from(host) else { return false };
    let name = authority.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    const PEER: &str = "192.0.2.1";

    fn client(forwarded_for: &[&str], trusted_proxies: u32) -> Client {
        let mut request = Request::builder();
        for line in forwarded_for {
            request = request.header(FORWARDED_FOR, *line);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        let peer: SocketAddr = format!("{PEER}:40000").parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        Client::of(&request, trusted_proxies).expect("a peer")
    }

    fn at(address: &str) -> Client {
        Client::at(address.parse().expect("an address"))
    }

    #[test]
    fn nobody_is_believed_until_proxies_are_trusted() {
        assert_eq!(client(&["203.0.113.9"], 0), at(PEER));
        assert_eq!(client(&["203.0.113.9"], 1), at("203.0.113.9"));
    }

    #[test]
    fn what_a_client_writes_itself_stands_before_what_the_proxies_write() {
        assert_eq!(client(&["198.51.100.1, 203.0.113.9"], 1), at("203.0.113.9"));
        assert_eq!(client(&["198.51.100.1", "203.0.113.9"], 1), at("203.0.113.9"));
        assert_eq!(client(&["6.6.6.6, 203.0.113.9, 10.0.0.1"], 2), at("203.0.113.9"));
        assert_eq!(client(&["6.6.6.6", "203.0.113.9", "10.0.0.1"], 2), at("203.0.113.9"));
    }

    #[test]
    fn whoever_came_past_the_proxies_counts_as_the_peer() {
        assert_eq!(client(&[], 1), at(PEER));
        assert_eq!(client(&["203.0.113.9"], 2), at(PEER));
        for garbage in ["", "unknown", "203.0.113.9, ", "203.0.113.256", "[::1", "_hidden"] {
            assert_eq!(client(&[garbage], 1), at(PEER), "{garbage:?}");
        }
    }

    #[test]
    fn ports_and_brackets_are_left_out() {
        assert_eq!(client(&["203.0.113.9:4711"], 1), at("203.0.113.9"));
        assert_eq!(client(&["[2001:db8::1]:4711"], 1), at("2001:db8::1"));
        assert_eq!(client(&["[2001:db8::1]"], 1), at("2001:db8::1"));
    }

    #[test]
    fn only_what_is_asked_of_this_machine_by_its_own_names_is_from_here() {
        let is_ours = |peer: &str, host: &[&str]| {
            let request = host.iter().fold(Request::builder(), |request, host| request.header("host", *host));
            let mut request = request.body(Body::empty()).expect("a request");
            request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().expect("an address")));
            is_from_this_machine(&request)
        };
        for host in ["127.0.0.1:7080", "127.0.0.1", "localhost:7080", "LocalHost", "[::1]:7080", "127.8.9.10"] {
            assert!(is_ours("127.0.0.1:40000", &[host]) && is_ours("[::1]:40000", &[host]), "{host}");
            assert!(is_ours("[::ffff:127.0.0.1]:40000", &[host]), "{host}");
            assert!(!is_ours("192.0.2.1:40000", &[host]), "{host}");
        }
        let strange =
            ["toko.example", "localhost.evil.example", "evil@localhost.example", "10.0.0.1:7080", "[::2]", ""];
        for host in strange {
            assert!(!is_ours("127.0.0.1:40000", &[host]), "{host}");
        }
        assert!(!is_ours("127.0.0.1:40000", &[]), "it says no name");
        assert!(!is_ours("127.0.0.1:40000", &["localhost", "toko.example"]), "it says two");
    }

    #[test]
    fn an_ipv6_household_is_one_client_and_a_mapped_address_the_ipv4_one() {
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at(PEER));
    }
}
