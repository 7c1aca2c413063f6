//! Many datagrams per system call: `recvmmsg` and `sendmmsg` over buffers that are used again.
#![expect(unsafe_code, reason = "the standard library has neither recvmmsg nor sendmmsg")]

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use libc::{c_uint, iovec, mmsghdr, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};
use media::limits::{BATCH_MAX, DATAGRAM_BYTES_MAX};
use media::{Datagram, Datagrams, Transport};

/// One byte more than the machine looks at, so that a larger datagram is told from one that fits.
const BUFFER_BYTES: usize = DATAGRAM_BYTES_MAX + 1;
/// Kernel buffers: a keyframe to a hundred receivers is two megabytes at once.
const KERNEL_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// A UDP socket that never blocks. One that listens on an IPv6 address takes IPv4 too.
#[derive(Debug)]
pub(super) struct Socket {
    socket: UdpSocket,
    is_ipv6: bool,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        // The kernel gives less than asked for where its own limit is lower.
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER_BYTES)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&socket, KERNEL_BUFFER_BYTES)?;
        Ok(Self { socket, is_ipv6: address.is_ipv6() })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
    }

    /// Sends the datagrams of a message one by one, for a kernel or a path that does not cut
    /// them apart.
    fn send_apart(&self, message: Datagram<'_>) {
        if !message.is_segmented() {
            return;
        }
        let to = match message.to.address {
            SocketAddr::V4(to) if self.is_ipv6 => {
                SocketAddrV6::new(to.ip().to_ipv6_mapped(), to.port(), 0, 0).into()
            }
            to => to,
        };
        for bytes in message.bytes.chunks(message.segment) {
            // What is lost here is lost on the way.
            let _ = self.socket.send_to(bytes, to);
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Room for the datagrams of one `recvmmsg`.
pub(super) struct Inbox {
    buffers: Vec<[u8; BUFFER_BYTES]>,
    names: Vec<sockaddr_storage>,
    parts: Vec<iovec>,
    headers: Vec<mmsghdr>,
}

impl Inbox {
    pub(super) fn new() -> Self {
        // SAFETY: these are C structs of integers and pointers; all zeros is a value of each.
        let (name, part, header) = unsafe { (zeroed(), zeroed(), zeroed()) };
        Self {
            buffers: vec![[0; BUFFER_BYTES]; BATCH_MAX],
            names: vec![name; BATCH_MAX],
            parts: vec![part; BATCH_MAX],
            headers: vec![header; BATCH_MAX],
        }
    }

    /// Takes what has come; how many datagrams. None is no error.
    pub(super) fn receive(&mut self, socket: &Socket) -> io::Result<usize> {
        for (index, header) in self.headers.iter_mut().enumerate() {
            let buffer = &mut self.buffers[index];
            let part = &mut self.parts[index];
            *part = iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: BUFFER_BYTES };
            header.msg_hdr.msg_name = (&raw mut self.names[index]).cast();
            header.msg_hdr.msg_namelen = size_of_u32::<sockaddr_storage>();
            header.msg_hdr.msg_iov = part;
            header.msg_hdr.msg_iovlen = 1;
        }
        let fd = socket.socket.as_raw_fd();
        let headers = self.headers.as_mut_ptr();
        let count = c_uint::try_from(self.headers.len()).unwrap_or(0);
        // SAFETY: every header points to a name and a part of its own, every part to a buffer of
        // its own with the length it says; all of them live in vectors that nothing touches
        // during the call.
        let received = unsafe {
            libc::recvmmsg(fd, headers, count, libc::MSG_DONTWAIT as _, std::ptr::null_mut())
        };
        usize::try_from(received).or_else(|_| match io::Error::last_os_error() {
            error if is_nothing(&error) => Ok(0),
            error => Err(error),
        })
    }

    /// A datagram of the last `receive`: who sent it, and its bytes.
    pub(super) fn datagram(&self, index: usize) -> Option<(SocketAddr, &[u8])> {
        let from = address_of(self.names.get(index)?)?;
        let length = usize::try_from(self.headers.get(index)?.msg_len).ok()?;
        Some((from, self.buffers.get(index)?.get(..length)?))
    }
}

/// Room for the headers of one `sendmmsg`.
pub(super) struct Outbox {
    names: Vec<sockaddr_storage>,
    parts: Vec<iovec>,
    controls: Vec<Control>,
    headers: Vec<mmsghdr>,
}

/// A control message that asks for segmentation, with the room that `CMSG_SPACE` wants.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

// SAFETY: it only computes.
const CONTROL_BYTES: usize = unsafe { libc::CMSG_SPACE(2) } as usize;

impl Outbox {
    pub(super) fn new() -> Self {
        // SAFETY: as in `Inbox::new`.
        let (name, part, header) = unsafe { (zeroed(), zeroed(), zeroed()) };
        Self {
            names: vec![name; BATCH_MAX],
            parts: vec![part; BATCH_MAX],
            controls: vec![Control([0; CONTROL_BYTES]); BATCH_MAX],
            headers: vec![header; BATCH_MAX],
        }
    }

    /// Sends what a batch has for UDP; how many of its messages were not, because the kernel's buffer was full
    /// before and after `wait`. What cannot reach its receiver is left out.
    pub(super) fn send(
        &mut self,
        socket: &Socket,
        batch: Datagrams<'_>,
        wait: impl FnOnce(),
    ) -> usize {
        let mut count = 0;
        let messages = || batch.iter().filter(|it| it.to.transport == Transport::Udp);
        for (index, message) in messages().take(BATCH_MAX).enumerate() {
            self.write(index, socket, message);
            count = index + 1;
        }
        let (mut sent, mut wait) = (0, Some(wait));
        while sent < count {
            match self.send_some(socket, sent, count) {
                Ok(0) => match wait.take() {
                    Some(wait) => wait(),
                    None => return count - sent,
                },
                Ok(more) => sent += more,
                // The first of the rest cannot be sent: unreachable, refused, or its path does
                // not take it in one piece. The others may.
                Err(_) => {
                    if let Some(message) = messages().nth(sent) {
                        socket.send_apart(message);
                    }
                    sent += 1;
                }
            }
        }
        0
    }

    fn write(&mut self, index: usize, socket: &Socket, message: Datagram<'_>) {
        let name = &mut self.names[index];
        let header = &mut self.headers[index].msg_hdr;
        header.msg_namelen = write_address(name, message.to.address, socket.is_ipv6);
        header.msg_name = (&raw mut *name).cast();
        let part = &mut self.parts[index];
        // The kernel only reads; the field is not const because it is shared with receiving.
        let bytes = message.bytes.as_ptr().cast_mut().cast();
        *part = iovec { iov_base: bytes, iov_len: message.bytes.len() };
        header.msg_iov = part;
        header.msg_iovlen = 1;
        (header.msg_control, header.msg_controllen) = (std::ptr::null_mut(), 0);
        if message.is_segmented() {
            header.msg_control = self.controls[index].0.as_mut_ptr().cast();
            header.msg_controllen = CONTROL_BYTES;
            write_segment(header, u16::try_from(message.segment).unwrap_or(u16::MAX));
        }
    }

    /// Sends as many of the messages `from..to` as the kernel takes now; how many. Zero means
    /// that its buffer is full.
    fn send_some(&mut self, socket: &Socket, from: usize, to: usize) -> io::Result<usize> {
        let headers = &mut self.headers[from..to];
        let count = c_uint::try_from(headers.len()).unwrap_or(0);
        let (fd, headers) = (socket.socket.as_raw_fd(), headers.as_mut_ptr());
        // SAFETY: `send` has just written these headers: they point to names, parts and controls
        // that live in our vectors, and the parts to bytes that it borrows for longer than this.
        let sent = unsafe { libc::sendmmsg(fd, headers, count, libc::MSG_DONTWAIT as _) };
        usize::try_from(sent).or_else(|_| match io::Error::last_os_error() {
            error if is_nothing(&error) => Ok(0),
            error => Err(error),
        })
    }
}

/// Writes the size of a segment into the control message of a header that has room for it.
fn write_segment(header: &libc::msghdr, segment: u16) {
    // SAFETY: the header's control buffer is ours, aligned, and as long as one such message.
    unsafe {
        let control = libc::CMSG_FIRSTHDR(header);
        (*control).cmsg_level = libc::SOL_UDP;
        (*control).cmsg_type = libc::UDP_SEGMENT;
        (*control).cmsg_len = libc::CMSG_LEN(2) as _;
        libc::CMSG_DATA(control).cast::<u16>().write_unaligned(segment);
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn size_of_u32<T>() -> socklen_t {
    socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}

/// The address the kernel wrote, IPv4 in its IPv4 form.
fn address_of(name: &sockaddr_storage) -> Option<SocketAddr> {
    let name: *const sockaddr_storage = name;
    // SAFETY: the family says which of the two structs the kernel wrote, and a `sockaddr_storage`
    // is large enough and aligned for both.
    unsafe {
        match i32::from((*name).ss_family) {
            libc::AF_INET => {
                let raw = &*name.cast::<sockaddr_in>();
                let address = Ipv4Addr::from(u32::from_be(raw.sin_addr.s_addr));
                Some(SocketAddrV4::new(address, u16::from_be(raw.sin_port)).into())
            }
            libc::AF_INET6 => {
                let raw = &*name.cast::<sockaddr_in6>();
                let address = Ipv6Addr::from(raw.sin6_addr.s6_addr).to_canonical();
                let port = u16::from_be(raw.sin6_port);
                Some(match address {
                    std::net::IpAddr::V4(address) => SocketAddrV4::new(address, port).into(),
                    std::net::IpAddr::V6(address) => {
                        SocketAddrV6::new(address, port, 0, raw.sin6_scope_id).into()
                    }
                })
            }
            _ => None,
        }
    }
}

/// Writes an address as the socket's family wants it; its length.
fn write_address(name: &mut sockaddr_storage, address: SocketAddr, is_ipv6: bool) -> socklen_t {
    let name: *mut sockaddr_storage = name;
    let address = match address {
        SocketAddr::V4(address) if !is_ipv6 => {
            // SAFETY: zeros are a `sockaddr_in`.
            let mut raw: sockaddr_in = unsafe { zeroed() };
            raw.sin_family = family(libc::AF_INET);
            raw.sin_port = address.port().to_be();
            raw.sin_addr.s_addr = u32::from(*address.ip()).to_be();
            // SAFETY: a `sockaddr_storage` is large enough and aligned for it.
            unsafe { name.cast::<sockaddr_in>().write(raw) };
            return size_of_u32::<sockaddr_in>();
        }
        SocketAddr::V4(address) => {
            SocketAddrV6::new(address.ip().to_ipv6_mapped(), address.port(), 0, 0)
        }
        SocketAddr::V6(address) => address,
    };
    // SAFETY: zeros are a `sockaddr_in6`.
    let mut raw: sockaddr_in6 = unsafe { zeroed() };
    raw.sin6_family = family(libc::AF_INET6);
    raw.sin6_port = address.port().to_be();
    raw.sin6_addr.s6_addr = address.ip().octets();
    raw.sin6_scope_id = address.scope_id();
    // SAFETY: as above.
    unsafe { name.cast::<sockaddr_in6>().write(raw) };
    size_of_u32::<sockaddr_in6>()
}

fn family(family: i32) -> libc::sa_family_t {
    libc::sa_family_t::try_from(family).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use media::Endpoint;

    use super::*;

    /// Sends three datagrams from `client` to a socket on `server` and each back.
    fn check(server: &str, client: &str) {
        let socket = Socket::bind(server.parse().expect("an address")).expect("a socket");
        let client = UdpSocket::bind(client).expect("a socket");
        let mut to = socket.socket.local_addr().expect("its address");
        let from = client.local_addr().expect("its address");
        if from.is_ipv4() {
            to.set_ip(from.ip());
        }
        for byte in 1..=3 {
            client.send_to(&[byte; 9], to).expect("sent");
        }
        let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new());
        // On loopback a datagram is there when `send_to` returns.
        assert_eq!(inbox.receive(&socket).expect("received"), 3);
        for index in 0..3 {
            let (sender, bytes) = inbox.datagram(index).expect("a datagram");
            assert_eq!((sender, bytes), (from, &[u8::try_from(index + 1).unwrap(); 9][..]));
        }
        assert_eq!(inbox.receive(&socket).expect("nothing is no error"), 0);

        // One message of three datagrams, one of one, and one that the kernel must refuse.
        let bytes: Vec<u8> = (0..250).collect();
        let message = |bytes, segment| Datagram { to: Endpoint::udp(from), bytes, segment };
        let messages = [message(&bytes, 100), message(&bytes[..7], 7), message(&bytes, 1)];
        for (index, &message) in messages.iter().enumerate() {
            outbox.write(index, &socket, message);
        }
        assert_eq!(outbox.send_some(&socket, 0, 2).expect("sent"), 2);
        assert!(outbox.send_some(&socket, 2, 3).is_err(), "too many segments");
        socket.send_apart(message(&bytes[..30], 15));
        let mut buffer = [0; 300];
        for size in [100, 100, 50, 7, 15, 15] {
            let (length, _) = client.recv_from(&mut buffer).expect("received");
            assert_eq!(length, size);
        }
    }

    #[test]
    fn both_families() {
        check("127.0.0.1:0", "127.0.0.1:0");
        // A machine may be without IPv6.
        if UdpSocket::bind("[::1]:0").is_ok() {
            check("[::1]:0", "[::1]:0");
            check("[::]:0", "127.0.0.1:0");
        }
    }
}
