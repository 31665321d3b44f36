//! A socket to the server: of the machine itself, over a network in the clear, or over a network under TLS.
//!
//! What the address asks for is settled here, before a word of the program's own is said: whoever speaks over a
//! [`Socket`] need not know which it is.
//!
//! Not here: what the server has to prove (`address`).

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

#[cfg(unix)]
use std::os::unix::net::UnixStream;

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};
use socket2::{SockRef, TcpKeepalive};
use tokio_postgres::{Config, config::Host};

use crate::{
    address::{Address, Guard},
    wire::Unconnected,
};

/// How a client asks whether the server speaks TLS: the length and the number that PostgreSQL's protocol gives it.
const DO_YOU_SPEAK_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Why a connection is not as safe as the address asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsecured {
    #[error(
        "{0} does not offer TLS, and the address asks for it; turn `ssl` on there, or say sslmode=disable where nobody can listen"
    )]
    NotOffered(String),
    #[error("the certificate of {0} is not one to believe: {1}; sslrootcert=FILE names whom to believe")]
    Unproven(String, rustls::Error),
    #[error("TLS with {0} failed: {1}")]
    Broken(String, io::Error),
    #[error("{0} is not the name of a host, so no certificate can be for it")]
    NoName(String),
}

pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// How long a socket may sleep, for whoever no longer holds the socket itself.
pub(crate) enum Sleep {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Sleep {
    pub(crate) fn at_most(&self, time: Option<Duration>) -> io::Result<()> {
        match self {
            Sleep::Tcp(stream) => stream.set_read_timeout(time),
            #[cfg(unix)]
            Sleep::Unix(stream) => stream.set_read_timeout(time),
        }
    }
}

impl Socket {
    /// Connects to a host, called by a name and found at a place, as safely as the address asks. Until the caller
    /// says otherwise it sleeps no longer than the address lets connecting take.
    pub(crate) fn open(
        address: &Address,
        (name, place): (&Host, &Host),
        port: u16,
    ) -> Result<(Socket, Sleep), Unconnected> {
        let config = &address.config;
        let most = config.get_connect_timeout().copied();
        let stream = match place {
            #[cfg(unix)]
            Host::Unix(folder) => {
                let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{port}")))?;
                let sleep = Sleep::Unix(stream.try_clone()?);
                sleep.at_most(most)?;
                return Ok((Socket::Unix(stream), sleep));
            }
            Host::Tcp(place) => over_network(place, port, config)?,
        };
        let sleep = Sleep::Tcp(stream.try_clone()?);
        sleep.at_most(most)?;
        let name = match name {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(_) => String::new(),
        };
        Ok((guarded(stream, name, &address.guard)?, sleep))
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.read(into),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.read(into),
            Socket::Tls(stream) => stream.read(into),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Socket::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.write(bytes),
            Socket::Tls(stream) => stream.write(bytes),
        }
    }

    /// Puts on its way what TLS still holds.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Socket::Tls(stream) => stream.flush(),
            _ => Ok(()),
        }
    }

    pub(crate) fn shut(&mut self) -> io::Result<()> {
        match self {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Write),
            #[cfg(unix)]
            Socket::Unix(stream) => stream.shutdown(Shutdown::Write),
            Socket::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()?;
                stream.sock.shutdown(Shutdown::Write)
            }
        }
    }
}

fn over_network(place: &str, port: u16, config: &Config) -> io::Result<TcpStream> {
    let mut trouble = io::Error::from(io::ErrorKind::NotFound);
    for address in (place, port).to_socket_addrs()? {
        let connected = match config.get_connect_timeout() {
            Some(most) => TcpStream::connect_timeout(&address, *most),
            None => TcpStream::connect(address),
        };
        match connected.and_then(|stream| as_configured(stream, config)) {
            Ok(stream) => return Ok(stream),
            Err(error) => trouble = error,
        }
    }
    Err(trouble)
}

/// A server that vanished is noticed as the address asks, so that a lane does not wait for it for ever.
fn as_configured(stream: TcpStream, config: &Config) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(&stream);
    if config.get_keepalives() {
        let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
        if let Some(interval) = config.get_keepalives_interval() {
            keepalive = keepalive.with_interval(interval);
        }
        #[cfg(not(windows))]
        if let Some(retries) = config.get_keepalives_retries() {
            keepalive = keepalive.with_retries(retries);
        }
        socket.set_tcp_keepalive(&keepalive)?;
    }
    #[cfg(target_os = "linux")]
    if let Some(most) = config.get_tcp_user_timeout() {
        socket.set_tcp_user_timeout(Some(*most))?;
    }
    Ok(stream)
}

fn guarded(mut stream: TcpStream, host: String, guard: &Guard) -> Result<Socket, Unconnected> {
    let (tls, proven) = match guard {
        Guard::Clear => return Ok(Socket::Tcp(stream)),
        Guard::Offered(tls) => (tls, false),
        Guard::Proven(tls) => (tls, true),
    };
    stream.write_all(&DO_YOU_SPEAK_TLS)?;
    // One byte and no more: what came behind it would be read as if it had come under TLS.
    let mut answer = [0];
    stream.read_exact(&mut answer)?;
    match (&answer, proven) {
        (b"S", _) => Ok(Socket::Tls(Box::new(encrypted(stream, host, tls.clone())?))),
        (b"N", false) => Ok(Socket::Tcp(stream)),
        (_, true) => Err(Unsecured::NotOffered(host).into()),
        (_, false) => Err(io::Error::from(io::ErrorKind::InvalidData).into()),
    }
}

fn encrypted(
    mut stream: TcpStream,
    host: String,
    tls: Arc<ClientConfig>,
) -> Result<StreamOwned<ClientConnection, TcpStream>, Unsecured> {
    let name = ServerName::try_from(host.clone()).map_err(|_| Unsecured::NoName(host.clone()))?;
    let broken = |error| Unsecured::Broken(host.clone(), io::Error::other(error));
    let mut connection = ClientConnection::new(tls, name).map_err(broken)?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut stream) {
            let cause = error
                .get_ref()
                .and_then(|cause| cause.downcast_ref::<rustls::Error>());
            return Err(match cause {
                Some(cause @ rustls::Error::InvalidCertificate(_)) => {
                    Unsecured::Unproven(host, cause.clone())
                }
                _ => Unsecured::Broken(host, error),
            });
        }
    }
    Ok(StreamOwned::new(connection, stream))
}
