//! The media engine against a real peer connection, and through a real sound server.

#[cfg(test)]
mod call;
#[cfg(test)]
mod playback;
#[cfg(test)]
mod reflector;
#[cfg(test)]
mod sound;
