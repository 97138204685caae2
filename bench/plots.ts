import { init, type EChartsOption } from 'echarts';
import { type Figures, PLOTTED } from './page';

const SIZE = { width: 640, height: 260 };

/** The SVG of each plot whose figures are there, by its file's name. */
export function renderPlots(figures: Figures): Readonly<Record<string, string>> {
  const plots: Record<string, string> = {};
  for (const [part, make] of Object.entries(PLOTS)) {
    if (figures[part] !== undefined) plots[PLOTTED[part]!.file] = toSvg(make(figures[part].tables));
  }
  return plots;
}

type MakePlot = (tables: Figures[string]['tables']) => EChartsOption;

const PLOTS: Readonly<Record<string, MakePlot>> = {
  refreshes: (tables) => {
    const titles = Object.keys(tables);
    const ways = Object.keys(tables[titles[0]!]!).filter((way) => way !== 'floor');
    return {
      title: { text: PLOTTED['refreshes']!.title },
      legend: { bottom: 0 },
      xAxis: { type: 'category', data: ways },
      yAxis: { type: 'value', name: 'floor = 1' },
      series: titles.map((title) => ({
        type: 'bar' as const,
        name: title,
        label: { show: true, position: 'top' as const },
        data: ways.map((way) => Number(tables[title]?.[way]?.['rate : floor']?.value.toFixed(2))),
      })),
    };
  },
  sleepers: (tables) => {
    const workers = Object.entries(tables['worker'] ?? {});
    const bars = (name: string, yAxisIndex: number) => ({
      type: 'bar' as const,
      name,
      yAxisIndex,
      data: workers.map(([, cells]) => Number(cells[name]?.value.toFixed(1))),
    });
    return {
      title: { text: PLOTTED['sleepers']!.title },
      legend: { bottom: 0 },
      xAxis: { type: 'category', data: workers.map(([name]) => name.replace(', cache of', '')) },
      yAxis: [
        { type: 'value', name: 'MB' },
        { type: 'value', name: '%' },
      ],
      series: [bars('resident, MB', 0), bars('heap, MB', 0), bars('CPU asleep, %', 1)],
    };
  },
};

function toSvg(option: EChartsOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  chart.setOption({ animation: false, backgroundColor: '#fff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // The library numbers its charts over the life of the process.
  return `${svg.replaceAll(/zr\d+-/g, 'zr-')}\n`;
}
