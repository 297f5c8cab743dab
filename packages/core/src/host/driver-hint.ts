/** One thing to do for someone whose machine has no usable GPU driver, by operating system (`process.platform`). */
export function driverHint(platform: string): string {
  switch (platform) {
    case 'linux':
      return (
        "Install the Vulkan driver of your GPU: the vendor's own for NVIDIA, or mesa-vulkan-drivers 25 or newer for " +
        'AMD and Intel (Debian 12: apt-get install -t bookworm-backports mesa-vulkan-drivers), which also brings the ' +
        'software adapter lavapipe.'
      );
    case 'darwin':
      return 'Metal comes with macOS: update to macOS 13 or newer, and check that the session has access to the GPU.';
    case 'win32':
      return "Install the current graphics driver from your GPU's vendor (Direct3D 12).";
    case 'browser':
      return 'Use a browser with WebGPU (Chrome or Edge 113, Safari 26, Firefox 141 or newer) on https:// or localhost.';
    default:
      return `WebGPU through Dawn is not built for ${platform}: use the CPU path.`;
  }
}
