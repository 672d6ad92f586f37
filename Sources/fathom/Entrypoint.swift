import Commands
import Glibc

@main
struct Entrypoint {
    static func main() {
        exit(Fathom.main(Array(CommandLine.arguments.dropFirst())))
    }
}
