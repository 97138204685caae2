export const FLOOR_TASK_QUEUE = 'floor';
export const FLOOR_WORKFLOW = 'floorRefresh';

export function floorWorkflowId(connectionId: string): string {
  return `floor-${connectionId}`;
}
