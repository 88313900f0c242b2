//! Watchers: how many are held, and how soon all of them hear of a settlement.

use crate::connection::Connection;
use crate::lanes::{micros, microseconds};
use crate::orders::Order;
use crate::report::{MEMORY_AIM, Report};
use crate::stage::Stage;
use crate::stream::{Said, Stream};
use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Number of simultaneous connection attempts: a listener's queue is finite.
const CONNECTING: usize = 64;
/// Time limit for all of them to hear. Reached only when something is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The messages of one watcher.
#[derive(Clone, Copy, Debug, Default)]
struct ServerResponse {
    pendings: u32,
    settlements: u32,
    others: u32,
    settled_at: Option<Instant>,
    has_ended: bool,
}

/// Watchers that have all heard the first status.
struct Watching {
    running: JoinSet<(usize, ServerResponse)>,
    leave: watch::Sender<bool>,
    count: usize,
    failed: usize,
}

impl Watching {
    /// Opens one stream for each number below `count`, of the order that `order` says.
    async fn open(merchant: SocketAddr, count: usize, order: impl Fn(usize) -> Order) -> Self {
        let (leave, leaving) = watch::channel(false);
        let (ready, mut is_ready) = mpsc::unbounded_channel();
        let gate = Arc::new(Semaphore::new(CONNECTING));
        let mut running = JoinSet::new();
        for number in 0..count {
            let (order, gate, ready, leaving) = (order(number), Arc::clone(&gate), ready.clone(), leaving.clone());
            running.spawn(async move {
                let heard = match connect(merchant, &order, &gate).await {
                    Ok(stream) => {
                        let _ = ready.send(Ok(()));
                        drop(ready);
                        listen(stream, leaving).await
                    }
                    Err(why) => {
                        let _ = ready.send(Err(why));
                        ServerResponse::default()
                    }
                };
                (number, heard)
            });
        }
        drop(ready);
        let mut failed = 0;
        while let Some(ready) = is_ready.recv().await {
            if let Err(why) = ready {
                failed += 1;
                if failed <= 3 {
                    eprintln!("a watcher cannot watch: {why:#}");
                }
            }
        }
        Self { running, leave, count, failed }
    }

    /// Waits until those below `settled` have ended; then the others leave.
    async fn finish(mut self, settled: usize) -> Result<Vec<ServerResponse>> {
        let mut heard = vec![ServerResponse::default(); self.count];
        let mut missing = settled.saturating_sub(self.failed);
        let all = async {
            while missing > 0 {
                let Some(ended) = self.running.join_next().await else { break };
                let (number, said) = ended?;
                heard[number] = said;
                missing -= usize::from(number < settled);
            }
            anyhow::Ok(())
        };
        if let Ok(done) = timeout(PATIENCE, all).await {
            done?;
        }
        self.leave.send_replace(true);
        while let Some(ended) = self.running.join_next().await {
            let (number, said) = ended?;
            heard[number] = said;
        }
        Ok(heard)
    }
}

async fn connect(merchant: SocketAddr, order: &Order, gate: &Semaphore) -> Result<Stream> {
    let _turn = gate.acquire().await?;
    let open = async {
        let mut stream = Stream::open(merchant, order).await?;
        let (said, _) = stream.next().await?;
        anyhow::ensure!(said == Said::Pending, "the first thing said is {said:?}");
        Ok(stream)
    };
    timeout(PATIENCE, open).await.context("no first status")?
}

/// Listens to the stream's end, or until it is time to leave.
async fn listen(mut stream: Stream, mut leaving: watch::Receiver<bool>) -> ServerResponse {
    let mut heard = ServerResponse { pendings: 1, ..ServerResponse::default() };
    loop {
        let said = tokio::select! {
            said = stream.next() => said,
            _ = leaving.wait_for(|leave| *leave) => return heard,
        };
        match said {
            Ok((Said::Comment, _)) => {}
            Ok((Said::Pending, _)) => heard.pendings += 1,
            Ok((Said::Settlement, at)) => {
                heard.settlements += 1;
                heard.settled_at = Some(at);
            }
            Ok((Said::Other, _)) => heard.others += 1,
            Ok((Said::End, _)) => {
                heard.has_ended = true;
                return heard;
            }
            Err(_) => return heard,
        }
    }
}

/// A hundred watchers of one order, on one order after another.
pub(crate) async fn hundred_on_one(stage: &Stage, orders: &[Order], report: &mut Report) -> Result<()> {
    let (mut delays, mut wrong) = (microseconds()?, 0);
    for order in orders {
        let watching = Watching::open(stage.merchant()?.address, 100, |_| order.clone()).await;
        let paid_at = pay(&mut Connection::open(stage.sandbox.address).await?, order).await?;
        let heard = watching.finish(100).await?;
        wrong += count_wrong(&heard, 100, |_| Some(paid_at), &mut delays)?;
    }
    report.delays("settlement → 100 watchers", &delays, Some(Duration::from_millis(100)));
    report.wrong_count("of 100 watchers, not told exactly once", wrong);
    Ok(())
}

/// All watchers on one order.
pub(crate) async fn all_on_one(stage: &Stage, orders: &[Order], count: usize, report: &mut Report) -> Result<()> {
    let order = orders.first().context("no order is left")?;
    let before = stage.merchant()?.memory()?.now;
    let begun = Instant::now();
    let watching = Watching::open(stage.merchant()?.address, count, |_| order.clone()).await;
    hold(stage, &watching, before, begun, "one order", report)?;
    let paid_at = pay(&mut Connection::open(stage.sandbox.address).await?, order).await?;
    let heard = watching.finish(count).await?;
    let mut delays = microseconds()?;
    let wrong = count_wrong(&heard, count, |_| Some(paid_at), &mut delays)?;
    report.delays(&format!("settlement → {count} watchers of one order"), &delays, Some(Duration::from_secs(1)));
    report.wrong_count("of those, not told exactly once", wrong);
    Ok(())
}

/// One watcher for each order; the first `settled` are paid, so many a second.
pub(crate) async fn each_on_its_own(
    stage: &Stage,
    orders: &[Order],
    settled: usize,
    a_second: usize,
    report: &mut Report,
) -> Result<()> {
    let count = orders.len();
    let (before, begun) = (stage.merchant()?.memory()?.now, Instant::now());
    let watching = Watching::open(stage.merchant()?.address, count, |number| orders[number].clone()).await;
    hold(stage, &watching, before, begun, "an order each", report)?;
    let paid_at = pay_steadily(stage, &orders[..settled], a_second).await?;
    let heard = watching.finish(settled).await?;
    let mut delays = microseconds()?;
    let wrong = count_wrong(&heard, settled, |number| paid_at.get(number).copied().flatten(), &mut delays)?;
    let what = format!("settlement → its watcher, {a_second}/s among {count}");
    report.delays(&what, &delays, Some(Duration::from_secs(1)));
    report.wrong_count("of those, not told exactly once", wrong);
    Ok(())
}

fn hold(stage: &Stage, watching: &Watching, before: u64, begun: Instant, of: &str, report: &mut Report) -> Result<()> {
    let held = watching.count - watching.failed;
    let now = stage.merchant()?.memory()?.now;
    let seconds = begun.elapsed().as_secs_f64();
    let each = now.saturating_sub(before) / u64::try_from(held.max(1))?;
    report.memory(
        &format!("{held} watchers of {of}, {} KB each, in {seconds:.1} s", each / 1024),
        now,
        Some(MEMORY_AIM),
    );
    report.wrong_count("of those, not able to watch", watching.failed);
    Ok(())
}

/// Number of watchers that received anything else than they should: those below `settled` of the payment once and then
/// of the end, the others of nothing new.
fn count_wrong(
    heard: &[ServerResponse],
    settled: usize,
    paid_at: impl Fn(usize) -> Option<Instant>,
    delays: &mut Histogram<u64>,
) -> Result<usize> {
    let mut wrong = 0;
    for (number, heard) in heard.iter().enumerate() {
        let is_paid = number < settled;
        let is_right = heard.pendings == 1
            && heard.others == 0
            && heard.settlements == u32::from(is_paid)
            && heard.has_ended == is_paid;
        wrong += usize::from(!is_right);
        if let (Some(paid_at), Some(settled_at)) = (paid_at(number), heard.settled_at) {
            delays.record(micros(settled_at.saturating_duration_since(paid_at)))?;
        }
    }
    Ok(wrong)
}

/// The payer pays. The time is that of the request: all that follows counts.
async fn pay(sandbox: &mut Connection, order: &Order) -> Result<Instant> {
    let at = Instant::now();
    sandbox.post(&format!("/sandbox/transactions/{}/pay", order.transaction_id), &json!({})).await?;
    Ok(at)
}

/// Pays one order after another, at an even pace whether or not the last one is done.
async fn pay_steadily(stage: &Stage, orders: &[Order], a_second: usize) -> Result<Vec<Option<Instant>>> {
    let mut tick = interval(Duration::from_secs(1) / u32::try_from(a_second)?);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (back, mut idle) = mpsc::unbounded_channel();
    for _ in 0..16 {
        back.send(Connection::open(stage.sandbox.address).await?)?;
    }
    let mut paying = JoinSet::new();
    for (number, order) in orders.iter().cloned().enumerate() {
        tick.tick().await;
        let (mut sandbox, back) = (idle.recv().await.context("no connection")?, back.clone());
        paying.spawn(async move {
            let at = pay(&mut sandbox, &order).await?;
            let _ = back.send(sandbox);
            anyhow::Ok((number, at))
        });
    }
    let mut paid_at = vec![None; orders.len()];
    while let Some(paid) = paying.join_next().await {
        let (number, at) = paid??;
        paid_at[number] = Some(at);
    }
    Ok(paid_at)
}
