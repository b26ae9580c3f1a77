/** A problem that the user can mend: its message is one sentence, "problem: remedy.", and is all that is shown. */
export class SetupProblem extends Error {
  /**
   * @param {string} problem
   * @param {string} [remedy]
   */
  constructor(problem, remedy) {
    super(remedy === undefined ? problem : `${problem}: ${remedy}.`);
    this.problem = problem;
    this.remedy = remedy;
  }
}

const causes = [
  {
    pattern: /No space left on device|ENOSPC|Disk quota exceeded/i,
    problem: 'the disk is full',
    remedy: 'free some space (a first set-up needs about 5 GB) and run the same command again',
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|NewConnectionError|Failed to establish a new connection|ConnectTimeoutError|ReadTimeoutError|Temporary failure in name resolution|Name or service not known|nodename nor servname|Network is unreachable|ProxyError|Cannot connect to proxy|Tunnel connection failed/i,
    problem: 'the package registry could not be reached',
    remedy: 'check the network or proxy (npm and pip use their own usual settings) and run the same command again',
  },
  {
    pattern:
      /CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF/i,
    problem: "the package registry's certificate is not trusted here",
    remedy:
      'name the certificates of your network in NODE_EXTRA_CA_CERTS (npm) and PIP_CERT (pip) and run the same command again',
  },
  {
    pattern: /npm error code E40[137]|HTTP error 40[137]|40[137] Client Error/i,
    problem: 'the package registry refused',
    remedy: 'check the registry and the access that npm and pip are set to and run the same command again',
  },
  {
    pattern: /No matching distribution found for|npm error code (?:E404|ETARGET)/i,
    problem: 'the package registry has no such version for this system',
    remedy: 'check that npm and pip are set to a whole and current registry and run the same command again',
  },
  {
    pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/i,
    problem: "the project's folder cannot be written",
    remedy: 'check its owner and permissions, then run the same command again',
  },
  {
    pattern: /ensurepip is not available|No module named ensurepip|No module named venv/i,
    problem: 'this Python cannot make virtual environments',
    remedy: 'install its venv package (on Debian or Ubuntu: apt install python3-venv) and run the same command again',
  },
];

/**
 * What a failed child process's output means for the user.
 * @param {string} step what was being done, as in "installing the npm packages"
 * @param {string} output what the process printed
 * @returns {SetupProblem} one sentence; where no known cause matches, what the program said of errors
 */
export function explainFailure(step, output) {
  const cause = causes.find(({ pattern }) => pattern.test(output));
  if (cause) return new SetupProblem(`${step} failed: ${cause.problem}`, cause.remedy);
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /error/i.test(line));
  return new SetupProblem(`${step} failed:\n${(errors.length ? errors.slice(0, 12) : lines.slice(-12)).join('\n')}`);
}
