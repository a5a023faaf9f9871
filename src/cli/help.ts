/** What `parley help` prints. */
export const HELP = `parley <command> [options]

  serve                     run the gateway (settings come from the environment)
  login                     print a new one-time link that signs you in
  chat [--session ID] [--agent NAME]
                            talk: replies stream, Ctrl-C stops a turn, /help says more
  send TEXT [--json] [--session ID] [--agent NAME] [--id ID] [--wait SECONDS]
                            send one message and stream the reply; TEXT - reads stdin;
                            --id makes sending again safe; --wait 0 does not wait
  keys list                 API keys                       [--json] [--cursor C]
  keys create --name NAME --scopes messages,tickets        [--json]
  keys rotate ID [--overlap SECONDS]                       [--json]
  keys revoke ID                                           [--json]
  sessions list             your sessions, newest first    [--json] [--cursor C]
  sessions show ID          its messages                   [--json] [--cursor C]
  dead-letters list         deliveries that were given up  [--json] [--cursor C]
  dead-letters redrive ID   send one again                 [--json]
  audit list                who did what, newest first     [--json] [--cursor C]
  audit verify              is the log as it was written? [--json]
  crash-loop [--json]       do starts that died one after another keep the doors closed?
  crash-loop release        open them
  doctor [--json]           look at everything a gateway needs and say what to do;
                            without a running one, at what it would start on
  trace MESSAGE [--json]    the life of a message: each step with its time and reason
  backup FILE               copy the whole store into a new file, also while the gateway runs
  restore FILE [--force]    put a backup into DATA_DIR while no gateway runs;
                            --force puts aside what is there
  version, help

Every command that speaks to a gateway takes --url URL and --key KEY, before it or behind
it (or PARLEY_URL and PARLEY_API_KEY). By default it speaks to the gateway on this machine
(HOST, PORT) with the credential in its data folder (DATA_DIR).

Exit codes
  0    done
  1    the turn failed, or the gateway refused for good
  2    the command line or the request is not valid
  3    not signed in, or not allowed
  4    no gateway answers
  5    refused for now (rate limited, overloaded, shutting down): try again later
  130  stopped by Ctrl-C
`;
