//! `Road`: a TCP proxy before a server, on a port of its own, which carries, delays, stalls, cuts, or leads elsewhere.

use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Faults of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// Every piece of data is this late.
    #[allow(dead_code, reason = "not every test program that has roads has slow ones")]
    Slow(Duration),
    /// Connections stay, new ones are taken, and nothing comes through: a host that hangs, a firewall that forgot.
    Silent,
    /// Connections end, and new ones too.
    Gone,
}

#[derive(Clone, Debug)]
struct Now {
    way: Way,
    target: String,
    /// How often it was led elsewhere. A connection that is older than the last time is never served again.
    moves: usize,
}

/// A way to a server.
pub(crate) struct Road {
    pub(crate) port: u16,
    now: Arc<watch::Sender<Now>>,
}

impl Road {
    /// A road to this address.
    pub(crate) async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let now = Arc::new(watch::Sender::new(Now { way: Way::Open, target, moves: 0 }));
        let seen = Arc::clone(&now);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, seen.subscribe()));
            }
        });
        Self { port, now }
    }

    pub(crate) fn is(&self, way: Way) {
        self.now.send_modify(|now| now.way = way);
    }

    /// New connections lead there. Those that are open are forgotten without a word: nothing comes through them, and nothing
    /// ends them.
    #[allow(dead_code, reason = "not every test program that has roads has one that moves")]
    pub(crate) fn leads_to(&self, target: String) {
        self.now.send_modify(|now| {
            now.target = target;
            now.moves += 1;
        });
    }
}

async fn carry(here: TcpStream, now: watch::Receiver<Now>) {
    let Now { target, moves, .. } = now.borrow().clone();
    let Ok(there) = TcpStream::connect(target).await else { return };
    let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
    let mut gone = now.clone();
    tokio::select! {
        () = pump(from_here, to_there, moves, now.clone()) => {}
        () = pump(from_there, to_here, moves, now.clone()) => {}
        _ = gone.wait_for(|now| now.way == Way::Gone && now.moves == moves) => {}
    }
}

/// Passes on whatever comes, as the road lets it, until one side ends.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moves: usize,
    mut now: watch::Receiver<Now>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let lets_through = |now: &Now| now.way != Way::Silent && now.moves == moves;
        let way = match now.wait_for(lets_through).await {
            Ok(now) => now.way,
            Err(_) => return,
        };
        if let Way::Slow(late) = way {
            tokio::time::sleep(late).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
