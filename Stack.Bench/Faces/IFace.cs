using UserNet.Binding;

namespace UserNet.Bench.Faces;

/// <summary>A face of the stack, with a stack of its own and sockets that are ready for each call.</summary>
/// <remarks>To have another face measured, implement this and name it in <see cref="FacesPlan.Faces"/>.</remarks>
internal interface IFace : IDisposable
{
    /// <summary>How a table names it.</summary>
    string Name { get; }

    /// <summary>Whose manners its stack has; the engine alone is measured with the same.</summary>
    Personality Personality { get; }

    /// <summary>What makes the call as often as it is told, in a loop of its own; null where the face has no such call.</summary>
    Action<int>? Run(FaceCall call);
}
