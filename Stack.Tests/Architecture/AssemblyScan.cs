using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace UserNet.Tests.Architecture;

/// <summary>
/// What the built assembly says of itself: every type and member that its types name, in declarations and in code.
/// </summary>
internal sealed partial class AssemblyScan
{
    private readonly Func<int, MethodBodyBlock> _bodyAt;
    private readonly MetadataReader _metadata;
    private TypeName _type;

    public AssemblyScan(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        _bodyAt = file.GetMethodBody;
        _metadata = file.GetMetadataReader();
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions) ReadType(handle);
        AssemblyReferences = [.. _metadata.AssemblyReferences
            .Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name))];
        IsUnverifiable = AttributesOf(_metadata.GetModuleDefinition().GetCustomAttributes())
            .Contains(new TypeName("System.Security", "UnverifiableCodeAttribute"));
    }

    public List<Reference> References { get; } = [];

    /// <summary>Static fields that can change, without the compiler's caches of lambdas.</summary>
    public List<(TypeName Type, string Field)> MutableStatics { get; } = [];

    public List<(TypeName Type, string Method)> PlatformInvokes { get; } = [];

    /// <summary>Members with a pointer, a function pointer or a pinned local.</summary>
    public List<(TypeName Type, string Member)> Pointers { get; } = [];

    public string[] AssemblyReferences { get; }

    /// <summary>True when the assembly was compiled with unsafe code allowed.</summary>
    public bool IsUnverifiable { get; }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        var collector = new TypeCollector(_metadata);
        _type = collector.NameOf(handle);
        collector.Add(type.BaseType);
        foreach (InterfaceImplementationHandle each in type.GetInterfaceImplementations())
            collector.Add(_metadata.GetInterfaceImplementation(each).Interface);
        AddConstraints(collector, type.GetGenericParameters());
        collector.Types.AddRange(AttributesOf(type.GetCustomAttributes()));
        AddAll(collector, "");
        foreach (FieldDefinitionHandle field in type.GetFields()) ReadField(_metadata.GetFieldDefinition(field));
        foreach (MethodDefinitionHandle method in type.GetMethods()) ReadMethod(_metadata.GetMethodDefinition(method));
    }

    private void ReadField(FieldDefinition field)
    {
        string name = _metadata.GetString(field.Name);
        var collector = new TypeCollector(_metadata);
        if (field.DecodeSignature(collector, null)) Pointers.Add((_type, name));
        collector.Types.AddRange(AttributesOf(field.GetCustomAttributes()));
        AddAll(collector, name);
        bool canChange = field.Attributes.HasFlag(FieldAttributes.Static)
            && (field.Attributes & (FieldAttributes.InitOnly | FieldAttributes.Literal)) == 0;
        bool isLambdaCache = _type.Name.Contains("+<>", StringComparison.Ordinal);
        if (canChange && !isLambdaCache) MutableStatics.Add((_type, name));
    }

    private void ReadMethod(MethodDefinition method)
    {
        string name = _metadata.GetString(method.Name);
        var collector = new TypeCollector(_metadata);
        MethodSignature<bool> signature = method.DecodeSignature(collector, null);
        bool hasPointer = signature.ReturnType || signature.ParameterTypes.Contains(true);
        AddConstraints(collector, method.GetGenericParameters());
        collector.Types.AddRange(AttributesOf(method.GetCustomAttributes()));
        if (method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)) PlatformInvokes.Add((_type, name));
        if (method.RelativeVirtualAddress != 0)
        {
            MethodBodyBlock body = _bodyAt(method.RelativeVirtualAddress);
            if (!body.LocalSignature.IsNil)
            {
                hasPointer |= _metadata.GetStandaloneSignature(body.LocalSignature)
                    .DecodeLocalSignature(collector, null).Contains(true);
            }

            foreach (ExceptionRegion region in body.ExceptionRegions) collector.Add(region.CatchType);
            ReadCode(body.GetILReader(), name);
        }

        if (hasPointer) Pointers.Add((_type, name));
        AddAll(collector, name);
    }

    private void AddConstraints(TypeCollector collector, GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterHandle parameter in parameters)
            foreach (GenericParameterConstraintHandle each in _metadata.GetGenericParameter(parameter).GetConstraints())
                collector.Add(_metadata.GetGenericParameterConstraint(each).Type);
    }

    private void AddAll(TypeCollector collector, string where)
    {
        foreach (TypeName to in collector.Types) References.Add(new Reference(_type, where, to));
    }

    private List<TypeName> AttributesOf(CustomAttributeHandleCollection attributes)
    {
        var collector = new TypeCollector(_metadata);
        foreach (CustomAttributeHandle attribute in attributes)
            AddMember(collector, _metadata.GetCustomAttribute(attribute).Constructor);
        return collector.Types;
    }
}
