import Sandboxing
import TestCases
import Testing

@Suite("Variables for services")
struct ShellVariablesTests {
    @Test("assignments are read as a shell would, as far as they are plain")
    func assignments() {
        let variables = ShellVariables.assignments(
            in: """
                # comment
                unset HOME
                if [ -n "$X" ]; then SUFFIX="-a"; else SUFFIX= ; fi
                export APACHE_RUN_DIR=/var/run/apache2$SUFFIX
                export LOG="${APACHE_RUN_DIR}/log"
                OPTS='-S /run/x.sock'
                not an assignment = 1
                """)
        let texts = variables.map {
            String(decoding: $0.name, as: UTF8.self) + "="
                + String(decoding: $0.value, as: UTF8.self)
        }
        #expect(
            texts == [
                "APACHE_RUN_DIR=/var/run/apache2", "LOG=/var/run/apache2/log",
                "OPTS=-S /run/x.sock",
            ])
    }
}
