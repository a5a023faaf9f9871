export { ParleyClient, type PageOptions, type SendOptions, type Sent, type SignInLink } from './parley-client.js';
export { HttpConnection, type HttpOptions } from './http-connection.js';
export { ParleySocket, type SocketOptions } from './parley-socket.js';
export { type CredentialSource, type SocketCredential } from './credential.js';
export { problemIn, ProblemError, UnreachableError } from './problem-error.js';
export { readEvents } from './read-events.js';
