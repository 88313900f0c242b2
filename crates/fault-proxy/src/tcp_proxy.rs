//! The TCP proxy: stands before any server, a database for example, and sees bytes alone.

use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// State of the network between client and server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Everything comes through.
    Open,
    /// Every piece of data is this late.
    Slow(Duration),
    /// Connections stay, new ones are accepted, and nothing comes through: a host that hangs, a firewall that forgot.
    Silent,
    /// Connections end, and new ones too.
    Cut,
}

#[derive(Clone, Debug)]
struct State {
    network: Network,
    target: String,
    /// How often it was led elsewhere. A connection that is older than the last time is never served again.
    moves: usize,
}

/// A TCP proxy on a port of its own.
#[derive(Debug)]
pub struct TcpProxy {
    port: u16,
    state: watch::Sender<State>,
}

impl TcpProxy {
    /// Starts a proxy before the server at this address.
    ///
    /// # Panics
    /// If this machine has no free port.
    pub async fn before(target: String) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("it has one").port();
        let state = watch::Sender::new(State { network: Network::Open, target, moves: 0 });
        let seen = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, seen.subscribe()));
            }
        });
        Self { port, state }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the network is so, for open connections too.
    pub fn set(&self, network: Network) {
        self.state.send_modify(|state| state.network = network);
    }

    /// New connections go to this server. Nothing comes through the open ones, and nothing ends them.
    pub fn leads_to(&self, target: String) {
        self.state.send_modify(|state| {
            state.target = target;
            state.moves += 1;
        });
    }
}

async fn carry(client: TcpStream, state: watch::Receiver<State>) {
    let State { target, moves, .. } = state.borrow().clone();
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut cut = state.clone();
    tokio::select! {
        () = pump(from_client, to_server, moves, state.clone()) => {}
        () = pump(from_server, to_client, moves, state.clone()) => {}
        _ = cut.wait_for(|state| state.network == Network::Cut && state.moves == moves) => {}
    }
}

/// Carries bytes both ways, as the network allows, until one side ends.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    moves: usize,
    mut state: watch::Receiver<State>,
) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let lets_through = |state: &State| state.network != Network::Silent && state.moves == moves;
        let network = match state.wait_for(lets_through).await {
            Ok(state) => state.network,
            Err(_) => return,
        };
        if let Network::Slow(late) = network {
            tokio::time::sleep(late).await;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
