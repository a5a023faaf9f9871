/** One line that says which Node is needed; null when this one will do. */
export function nodeComplaint(platform, arch, version) {
  const major = Number(version.split('.')[0]);
  // There the packages bring the Node that runs everything after the set-up.
  const bringsItsOwn = platform === 'linux' && (arch === 'x64' || arch === 'arm64');
  const needed = bringsItsOwn ? 20 : 24;
  return major >= needed ? null : `Parley needs Node ${needed} or newer on ${platform} ${arch}; this is ${version}. Get it from https://nodejs.org`;
}
