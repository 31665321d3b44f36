//! The way to the server: an ordinary blocking socket under a driver that was made for an event loop.
//!
//! A lane is a thread that waits for one answer at a time, so it needs no reactor: what is asked is written with one
//! call, the answer is read with one, and the thread sleeps in between. What is asked before anything is read goes
//! out together. A socket never waits unless [`Gate`] says that nothing else is left to do; then it waits once.
//!
//! Not here: how the socket is made and secured (`socket`), and what is said over it (`postgres`).

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    AsyncMessage, Client, Error, NoTls,
    config::{Host, SslMode, TargetSessionAttrs},
};

use crate::{
    address::Address,
    socket::{Sleep, Socket, Unsecured},
};

const PORT: u16 = 5432;

/// Why there is no wire.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unconnected {
    #[error("{0}")]
    Socket(#[from] io::Error),
    #[error("{0}")]
    Unsecured(#[from] Unsecured),
    #[error("{0}")]
    Server(#[from] Error),
    #[error("the address names no host")]
    NoHost,
    #[error("no server of those named takes this kind of session")]
    WrongKind,
}

/// Whether the thread may sleep, and whether there is something to do before that.
#[derive(Default)]
struct Gate {
    /// The next read may wait for the server.
    open: AtomicBool,
    /// Something became ready; reading can wait.
    woken: AtomicBool,
}

impl Gate {
    /// Does `step` until it is done, and lets it sleep in a read when nothing else can go on.
    fn run<T>(self: &Arc<Gate>, mut step: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        let waker = Waker::from(self.clone());
        let mut context = Context::from_waker(&waker);
        loop {
            self.woken.store(false, Ordering::Relaxed);
            if let Poll::Ready(done) = step(&mut context) {
                self.open.store(false, Ordering::Relaxed);
                return done;
            }
            if !self.woken.load(Ordering::Relaxed) {
                self.open.store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Gate>) {
        self.woken.store(true, Ordering::Relaxed);
    }
}

/// The other end: polled, it writes what was asked and hands out what was answered, until the connection ends.
type Server = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<AsyncMessage, Error>>> + Send>;

/// A connection.
pub(crate) struct Wire {
    pub(crate) client: Client,
    pub(crate) far: Far,
}

/// What moves the bytes of a connection.
pub(crate) struct Far {
    server: Server,
    gate: Arc<Gate>,
}

impl Wire {
    /// Connects to the first of the hosts that takes us.
    pub(crate) fn open(address: &Address) -> Result<Wire, Unconnected> {
        let config = &address.config;
        let (hosts, places) = (config.get_hosts(), config.get_hostaddrs());
        let mut trouble = Unconnected::NoHost;
        for n in 0..hosts.len().max(places.len()) {
            let place = places.get(n).map(|place| Host::Tcp(place.to_string()));
            let Some(place) = place.as_ref().or(hosts.get(n)) else {
                continue;
            };
            let ports = config.get_ports();
            let port = ports.get(n).or(ports.first()).copied().unwrap_or(PORT);
            let connected = Socket::open(address, (hosts.get(n).unwrap_or(place), place), port);
            match connected.and_then(|(socket, sleep)| Wire::over(socket, &sleep, address)) {
                Ok(wire) => return Ok(wire),
                Err(error) => trouble = error,
            }
        }
        Err(trouble)
    }

    fn over(socket: Socket, sleep: &Sleep, address: &Address) -> Result<Wire, Unconnected> {
        let gate = Arc::new(Gate::default());
        let gated = Gated {
            socket,
            gate: gate.clone(),
        };
        let mut config = address.config.clone();
        // Whether the socket is secured was settled when it was made.
        config.ssl_mode(SslMode::Disable);
        let (client, mut connection) = {
            let mut connecting = pin!(config.connect_raw(gated, NoTls));
            gate.run(|context| connecting.as_mut().poll(context))?
        };
        let server: Server = Box::new(move |context| connection.poll_message(context));
        let mut wire = Wire {
            client,
            far: Far { server, gate },
        };
        wire.is_of_kind(config.get_target_session_attrs())?;
        sleep.at_most(None)?;
        Ok(wire)
    }

    fn is_of_kind(&mut self, wanted: TargetSessionAttrs) -> Result<(), Unconnected> {
        let wanted = match wanted {
            TargetSessionAttrs::ReadWrite => "off",
            TargetSessionAttrs::ReadOnly => "on",
            _ => return Ok(()),
        };
        let asked = self.client.query_one("show transaction_read_only", &[]);
        let row = self.far.answer(asked)??;
        if row.try_get::<_, String>(0)? == wanted {
            Ok(())
        } else {
            Err(Unconnected::WrongKind)
        }
    }

    /// Says goodbye, so that the server does not wonder.
    pub(crate) fn close(self) {
        let Wire { client, mut far } = self;
        drop(client);
        far.flush();
    }
}

impl Far {
    /// Sends what `asked` asks for and waits for its answer. An error means that the connection has ended.
    pub(crate) fn answer<T>(&mut self, asked: impl Future<Output = T>) -> Result<T, Unconnected> {
        let mut asked = pin!(asked);
        let Far { server, gate } = self;
        gate.run(|context| {
            if let Poll::Ready(answer) = asked.as_mut().poll(context) {
                return Poll::Ready(Ok(answer));
            }
            match server(context) {
                Poll::Ready(Some(Ok(_))) => context.waker().wake_by_ref(),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error.into())),
                Poll::Ready(None) => {
                    return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()));
                }
                Poll::Pending => {}
            }
            Poll::Pending
        })
    }

    /// Sends what `asked` asks for and leaves the answer unread until something is waited for.
    pub(crate) fn tell(&mut self, asked: impl Future) {
        let mut asked = pin!(asked);
        let waker = Waker::from(self.gate.clone());
        // Whether it worked shows when the next answer is waited for.
        let _unread = asked.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        self.flush();
    }

    fn flush(&mut self) {
        let waker = Waker::from(self.gate.clone());
        // As above: an error is met again by whoever waits next.
        let _unread = (self.server)(&mut Context::from_waker(&waker)).is_ready();
    }
}

/// The socket as the driver wants it. A read that may not wait is simply not ready: whoever runs the gate knows.
struct Gated {
    socket: Socket,
    gate: Arc<Gate>,
}

impl AsyncRead for Gated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.gate.open.swap(false, Ordering::Relaxed) {
            return Poll::Pending;
        }
        loop {
            match self.socket.read(into.initialize_unfilled()) {
                Ok(count) => {
                    into.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Gated {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return Poll::Ready(done),
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.flush())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.shut())
    }
}
