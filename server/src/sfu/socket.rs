//! Many datagrams per system call: `recvmmsg` and `sendmmsg` over buffers that are used again.
#![expect(unsafe_code, reason = "the standard library has neither recvmmsg nor sendmmsg")]

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use libc::{c_uint, iovec, mmsghdr, sockaddr_in, sockaddr_in6, sockaddr_storage, socklen_t};
use media::limits::{BATCH_MAX, DATAGRAM_BYTES_MAX, SEGMENTS_MAX};
use media::{Datagram, Datagrams};

/// One byte more than the machine looks at, so that a larger datagram is told from one that fits.
const BUFFER_BYTES: usize = DATAGRAM_BYTES_MAX + 1;
/// Messages of one batch where the kernel cannot cut them apart; it takes 1,024 at once.
const OUT_MAX: usize = BATCH_MAX * SEGMENTS_MAX / 4;
/// Kernel buffers: a keyframe to a hundred receivers is two megabytes at once.
const KERNEL_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// A UDP socket that never blocks. One that listens on an IPv6 address takes IPv4 too.
#[derive(Debug)]
pub(super) struct Socket {
    socket: UdpSocket,
    is_ipv6: bool,
    can_segment: bool,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        // The kernel gives less than asked for where its own limit is lower.
        rustix::net::sockopt::set_socket_recv_buffer_size(&socket, KERNEL_BUFFER_BYTES)?;
        rustix::net::sockopt::set_socket_send_buffer_size(&socket, KERNEL_BUFFER_BYTES)?;
        let can_segment = can_segment(&socket);
        Ok(Self { socket, is_ipv6: address.is_ipv6(), can_segment })
    }

    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.socket.local_addr()?.port())
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
    /// How many datagrams of the batch were given to the kernel.
    sent: usize,
    count: usize,
}

/// A control message that asks for segmentation, with the room that `CMSG_SPACE` wants.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

// SAFETY: a constant function of a constant.
const CONTROL_BYTES: usize = unsafe { libc::CMSG_SPACE(2) } as usize;

impl Outbox {
    pub(super) fn new() -> Self {
        // SAFETY: as in `Inbox::new`.
        let (name, part, header) = unsafe { (zeroed(), zeroed(), zeroed()) };
        Self {
            names: vec![name; OUT_MAX],
            parts: vec![part; OUT_MAX],
            controls: vec![Control([0; CONTROL_BYTES]); OUT_MAX],
            headers: vec![header; OUT_MAX],
            sent: 0,
            count: 0,
        }
    }

    /// Takes what is to be sent next. Where the kernel cannot cut a message apart, each of its
    /// datagrams is a message of its own.
    pub(super) fn load(&mut self, socket: &Socket, batch: Datagrams<'_>) {
        (self.sent, self.count) = (0, 0);
        for message in batch.iter() {
            if message.is_segmented() && !socket.can_segment {
                for bytes in message.bytes.chunks(message.segment) {
                    self.add(socket, Datagram { bytes, segment: bytes.len(), ..message });
                }
            } else {
                self.add(socket, message);
            }
        }
    }

    fn add(&mut self, socket: &Socket, message: Datagram<'_>) {
        let index = self.count;
        let Some(header) = self.headers.get_mut(index) else { return };
        self.count += 1;
        let name = &mut self.names[index];
        header.msg_hdr.msg_namelen = write_address(name, message.to, socket.is_ipv6);
        header.msg_hdr.msg_name = (&raw mut *name).cast();
        let part = &mut self.parts[index];
        // The kernel only reads; the field is not const because it is shared with receiving.
        let bytes = message.bytes.as_ptr().cast_mut().cast();
        *part = iovec { iov_base: bytes, iov_len: message.bytes.len() };
        header.msg_hdr.msg_iov = part;
        header.msg_hdr.msg_iovlen = 1;
        (header.msg_hdr.msg_control, header.msg_hdr.msg_controllen) = (std::ptr::null_mut(), 0);
        if message.is_segmented() {
            header.msg_hdr.msg_control = self.controls[index].0.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = CONTROL_BYTES as _;
            write_segment(&header.msg_hdr, u16::try_from(message.segment).unwrap_or(u16::MAX));
        }
    }

    /// Whether something of the batch is left.
    pub(super) fn is_done(&self) -> bool {
        self.sent >= self.count
    }

    /// Leaves out the next message.
    pub(super) fn skip(&mut self) {
        self.sent += 1;
    }

    /// Leaves out all that is left; how many messages.
    pub(super) fn give_up(&mut self) -> usize {
        let left = self.count - self.sent;
        self.sent = self.count;
        left
    }

    /// Sends as many as the kernel takes now; how many. Zero means that its buffer is full.
    ///
    /// # Safety
    /// The batch that was loaded is still there, unchanged.
    pub(super) unsafe fn send(&mut self, socket: &Socket) -> io::Result<usize> {
        let fd = socket.socket.as_raw_fd();
        let Some(rest) = self.headers.get_mut(self.sent..self.count) else { return Ok(0) };
        let count = c_uint::try_from(rest.len()).unwrap_or(0);
        // SAFETY: these headers were written by `add`: they point to names, parts and controls
        // that live in our vectors, and the parts to bytes that the caller still holds.
        let sent =
            unsafe { libc::sendmmsg(fd, rest.as_mut_ptr(), count, libc::MSG_DONTWAIT as _) };
        let sent = usize::try_from(sent).or_else(|_| match io::Error::last_os_error() {
            error if is_nothing(&error) => Ok(0),
            error => Err(error),
        })?;
        self.sent += sent;
        Ok(sent)
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

/// Whether the kernel cuts messages apart (Linux 4.18 and later).
fn can_segment(socket: &UdpSocket) -> bool {
    let off: libc::c_int = 0;
    // SAFETY: the option is an int, and its size is told.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            (&raw const off).cast(),
            size_of_u32::<libc::c_int>(),
        )
    };
    result == 0
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
    use bytes::BytesMut;

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
        let mut back = vec![];
        for index in 0..3 {
            let (sender, bytes) = inbox.datagram(index).expect("a datagram");
            assert_eq!(sender, from);
            back.push(Datagram { to: sender, bytes: BytesMut::from(bytes) });
        }
        assert_eq!(outbox.send(&socket, &back).expect("sent"), 3);
        let mut buffer = [0; 20];
        for byte in 1..=3 {
            let (length, _) = client.recv_from(&mut buffer).expect("received");
            assert_eq!(&buffer[..length], &[byte; 9]);
        }
        assert_eq!(inbox.receive(&socket).expect("nothing is no error"), 0);
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
