//! What a room plays, heard through a real sound server.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use room_agent::config::LoudspeakerKind;
use room_agent::edge::media::{MediaCommand, MediaEngine};

use crate::call::{config, connect};
use crate::sound::amplitude_at;

const PATIENCE: Duration = Duration::from_secs(30);

/// A room that hears its own tone plays it: also when the sound server comes later than the room,
/// and again when it was gone for a while.
#[test]
fn a_remote_tone_is_played_as_soon_as_there_is_a_loudspeaker() {
    if ["pulseaudio", "parec"].iter().any(|tool| !is_installed(tool)) {
        println!("skipped: pulseaudio and parec (pulseaudio-utils) are not installed");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let place = Place::new(directory.path());
    let _room = place.room();
    for round in 0..2 {
        let _server = place.server();
        let ear = place.ear();
        let amplitude = ear.wait_for(440.0);
        assert!(amplitude > 0.15, "round {round}: {amplitude}");
        let other = ear.last_second(1000.0);
        assert!(other < 0.05, "round {round}: {other} of another pitch");
    }
}

/// The room of the test above, in a process of its own because ALSA reads its environment.
#[tokio::test]
#[ignore = "run by the test of this file"]
async fn the_room() {
    let (engine, mut events) = MediaEngine::start(config(LoudspeakerKind::Device), 3).unwrap();
    let _reflector = connect(&engine, &mut events, 1).await;
    engine.command(MediaCommand::Microphone(true)).unwrap();
    while events.recv().await.is_some() {}
}

/// Where the sound server of a test lives.
struct Place {
    socket: PathBuf,
    alsa: PathBuf,
    runtime: PathBuf,
}

impl Place {
    fn new(directory: &Path) -> Self {
        let place = Self {
            socket: directory.join("native"),
            alsa: directory.join("asound.conf"),
            runtime: directory.to_owned(),
        };
        let text = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n";
        std::fs::write(&place.alsa, text).unwrap();
        place
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("PULSE_RUNTIME_PATH", &self.runtime)
            .env("PULSE_SERVER", format!("unix:{}", self.socket.display()))
            .env("ALSA_CONFIG_PATH", &self.alsa)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The room, without a sound server at first.
    fn room(&self) -> Process {
        let mut command = self.command(std::env::current_exe().unwrap());
        command.args(["--exact", "playback::the_room", "--ignored", "--nocapture"]);
        Process(command.spawn().unwrap())
    }

    fn server(&self) -> Process {
        let _ = std::fs::remove_file(&self.socket);
        let mut command = self.command("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-L"])
            .arg(format!(
                "module-native-protocol-unix auth-anonymous=1 socket={}",
                self.socket.display()
            ))
            .args(["-L", "module-null-sink sink_name=room rate=48000 channels=2"]);
        let server = Process(command.spawn().unwrap());
        until("the sound server's socket", || self.socket.exists());
        server
    }

    /// Listens to what the server's loudspeaker plays.
    fn ear(&self) -> Ear {
        let mut command = self.command("parec");
        command
            .args(["-d", "room.monitor", "--format=s16le", "--rate=48000", "--channels=1"])
            .arg("--latency-msec=20")
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let (sender, seconds) = sync_channel(4);
        std::thread::spawn(move || {
            let mut bytes = vec![0; 48_000 * 2];
            while output.read_exact(&mut bytes).is_ok() {
                let samples = bytes.chunks_exact(2);
                let second: Vec<f32> = samples
                    .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
                    .collect();
                if sender.send(second).is_err() {
                    return;
                }
            }
        });
        Ear { seconds, last: Vec::new().into(), _process: Process(child) }
    }
}

/// Sound, second by second.
struct Ear {
    seconds: Receiver<Vec<f32>>,
    last: std::cell::RefCell<Vec<f32>>,
    _process: Process,
}

impl Ear {
    /// The amplitude of a pitch in the first second in which it is loud, or in the last one.
    fn wait_for(&self, hertz: f64) -> f64 {
        let deadline = now() + PATIENCE;
        let mut amplitude = 0.0;
        while now() < deadline && amplitude < 0.15 {
            match self.seconds.recv_timeout(Duration::from_secs(5)) {
                Ok(second) => {
                    amplitude = amplitude_at(&second, hertz);
                    self.last.replace(second);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("parec ended"),
            }
        }
        amplitude
    }

    fn last_second(&self, hertz: f64) -> f64 {
        amplitude_at(&self.last.borrow(), hertz)
    }
}

/// A process that is killed when it is no longer needed.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_installed(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(tool).exists())
}

fn until(what: &str, mut look: impl FnMut() -> bool) {
    let deadline = now() + PATIENCE;
    while !look() {
        assert!(now() < deadline, "not there in time: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of a real process waits in real time")]
fn now() -> Instant {
    Instant::now()
}
