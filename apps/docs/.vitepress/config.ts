import { defineConfig } from 'vitepress';

export default defineConfig({
  title: 'csx',
  description: 'Class-specific biased extrapolation in latent space, for imbalanced image classification.',
  lang: 'en-US',
  cleanUrls: true,
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/getting-started', activeMatch: '/guide/' },
      { text: 'Kernels', link: '/kernels' },
      { text: 'Results', link: '/results' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'Getting started', link: '/guide/getting-started' },
          { text: 'The method', link: '/guide/method' },
          { text: "The paper's experiments", link: '/guide/reproduce' },
          { text: 'Samplers', link: '/guide/samplers' },
          { text: 'Train any tfjs model', link: '/guide/training' },
          { text: 'How a training step is computed', link: '/guide/training-step' },
          { text: 'Your own latents', link: '/guide/resample' },
          { text: 'Pairing large sets', link: '/guide/large-sets' },
          { text: 'Many machines', link: '/guide/many-machines' },
          { text: 'Options', link: '/guide/options' },
          { text: 'Benchmarks', link: '/guide/benchmarks' },
          { text: 'The campaign on a GPU', link: '/guide/gpu-campaign' },
          { text: 'The layout of the code', link: '/guide/layout' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Kernels', link: '/kernels' },
          { text: 'Results and limits', link: '/results' },
          { text: 'Benchmark results', link: '/benchmark-results' },
        ],
      },
    ],
    outline: [2, 3],
    search: { provider: 'local' },
    footer: { message: 'MIT License', copyright: 'csx contributors' },
  },
});
