import Commands
import Glibc

@main
struct Entrypoint {
    static func main() {
        exit(Fathom.main())
    }
}
