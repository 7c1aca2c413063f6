//! The files of the repository.

use std::path::Path;

/// Folders that are made and not written.
const MADE: [&str; 9] = [
    ".cache",
    ".demo",
    ".git",
    ".playwright",
    "__pycache__",
    "dist",
    "node_modules",
    "target",
    "vendor",
];

/// A file, with its text unless it is not text.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) text: Option<String>,
}

/// Every file that is part of the repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repository {
    pub(crate) files: Vec<File>,
}

impl Repository {
    /// The repository that this test is in.
    pub(crate) fn here() -> Self {
        let mut repository = Self::default();
        repository.walk(Self::root(), "");
        repository.files.sort_by(|one, other| one.path.cmp(&other.path));
        repository
    }

    pub(crate) fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    fn walk(&mut self, folder: &Path, name: &str) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let file_name = entry.file_name().into_string().unwrap();
            let path =
                if name.is_empty() { file_name.clone() } else { format!("{name}/{file_name}") };
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && !MADE.contains(&file_name.as_str()) {
                self.walk(&entry.path(), &path);
            } else if kind.is_file() {
                // A file can vanish between listing and reading, such as an editor's backup.
                let Ok(content) = std::fs::read(entry.path()) else { continue };
                let bytes = content.len() as u64;
                self.files.push(File { path, bytes, text: String::from_utf8(content).ok() });
            }
        }
    }

    /// The text files below a folder whose name ends so.
    pub(crate) fn texts<'a>(
        &'a self,
        below: &'a str,
        endings: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        let fits = move |path: &str| {
            path.starts_with(below) && endings.iter().any(|ending| path.ends_with(ending))
        };
        self.files
            .iter()
            .filter(move |file| fits(&file.path))
            .filter_map(|file| file.text.as_deref().map(|text| (file.path.as_str(), text)))
    }
}
