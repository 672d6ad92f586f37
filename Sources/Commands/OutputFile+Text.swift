internal import Platform
internal import Texts

extension OutputFile {
    /// Writes all of the text and closes the file: logs and tables are read in terminals too.
    consuming func write(_ text: ShownText) throws(SystemError) {
        try write(bytes: Array(text.text.utf8))
    }
}
